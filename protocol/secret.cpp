#include "protocol/secret.hpp"

#include <cassert>
#include <cstring>
#include <utility>

namespace vscard::protocol {

SecretBytes SecretBytes::with_capacity(std::size_t capacity) {
  SecretBytes made;
  made.data_ = std::make_unique<std::uint8_t[]>(capacity);
  made.capacity_ = capacity;
  return made;
}

SecretBytes SecretBytes::zeros(std::size_t size) {
  SecretBytes made = with_capacity(size);
  made.size_ = size;
  return made;
}

SecretBytes SecretBytes::copy_of(Bytes bytes) {
  SecretBytes made = with_capacity(bytes.size());
  made.append(bytes);
  return made;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::move(other.data_)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe();
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { wipe(); }

void SecretBytes::push_back(std::uint8_t byte) {
  assert(size_ < capacity_);
  if (size_ < capacity_) data_[size_++] = byte;
}

void SecretBytes::append(Bytes bytes) {
  assert(bytes.size() <= capacity_ - size_);
  if (bytes.empty() || bytes.size() > capacity_ - size_) return;
  std::memcpy(data_.get() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

void SecretBytes::truncate(std::size_t size) {
  assert(size <= size_);
  if (size >= size_) return;
  ::explicit_bzero(data_.get() + size, size_ - size);
  size_ = size;
}

void SecretBytes::zero(std::size_t size) {
  assert(size <= size_);
  ::explicit_bzero(data_.get(), std::min(size, size_));
}

void SecretBytes::wipe() noexcept {
  if (data_ != nullptr) ::explicit_bzero(data_.get(), capacity_);
}

}  // namespace vscard::protocol
