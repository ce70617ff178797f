#pragma once

#include "protocol/bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace vscard::protocol {

/// Bytes that may hold a PIN, a key or card data: wiped when they are dropped, never reallocated
/// (growing would leave a copy behind), never copied by accident, and without a formatter, so that
/// no log line can show them. Capacity is fixed when it is made; appending beyond it is a bug.
class SecretBytes {
 public:
  SecretBytes() = default;
  /// An empty buffer with room for `capacity` bytes.
  static SecretBytes with_capacity(std::size_t capacity);
  /// A buffer of `size` zero bytes.
  static SecretBytes zeros(std::size_t size);
  static SecretBytes copy_of(Bytes bytes);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return capacity_; }

  /// Valid until this object is moved from, assigned to or dropped.
  Bytes view() const { return {data_.get(), size_}; }
  std::span<std::uint8_t> data() { return {data_.get(), size_}; }

  void push_back(std::uint8_t byte);
  void append(Bytes bytes);
  /// Wipes what lies beyond `size` (at most size()).
  void truncate(std::size_t size);
  /// Makes the first `size` bytes (at most size()) zeros, which later bytes may take the place of.
  void zero(std::size_t size);
  /// Wipes the content, keeps the capacity.
  void clear() { truncate(0); }

  SecretBytes clone() const { return copy_of(view()); }

  friend bool operator==(const SecretBytes& a, const SecretBytes& b) {
    return std::ranges::equal(a.view(), b.view());
  }

 private:
  void wipe() noexcept;

  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace vscard::protocol
