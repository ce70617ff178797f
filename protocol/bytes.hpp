#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vscard::protocol {

using Bytes = std::span<const std::uint8_t>;

/// Reads integers and byte runs from the front of a view. After a read that finds too few bytes it
/// stays in error and every later read gives zero or an empty view: read all the fields, then
/// check ok() once. Views that it returns are valid as long as the viewed bytes are.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(be<1>()); }
  std::uint16_t u16_be() { return static_cast<std::uint16_t>(be<2>()); }
  std::uint32_t u32_be() { return be<4>(); }
  std::uint16_t u16_le() { return static_cast<std::uint16_t>(le<2>()); }
  std::uint32_t u32_le() { return le<4>(); }

  /// The next `count` bytes.
  Bytes bytes(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  Bytes rest() { return bytes(rest_.size()); }

  std::size_t remaining() const { return rest_.size(); }
  bool ok() const { return ok_; }
  /// Every read found its bytes, and none are left over.
  bool ok_and_done() const { return ok_ && rest_.empty(); }

 private:
  template <std::size_t N>
  std::uint32_t be() {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : bytes(N)) value = (value << 8) | byte;
    return value;
  }
  template <std::size_t N>
  std::uint32_t le() {
    std::uint32_t value = 0;
    unsigned shift = 0;
    for (const std::uint8_t byte : bytes(N)) {
      value |= std::uint32_t{byte} << shift;
      shift += 8;
    }
    return value;
  }

  Bytes rest_;
  bool ok_ = true;
};

/// Appends integers and byte runs to a container of bytes (std::vector, or a SecretBytes made large
/// enough: what does not fit there is refused by it).
template <class Container>
class ByteWriter {
 public:
  explicit ByteWriter(Container& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(value); }
  void u16_be(std::uint16_t value) { be<2>(value); }
  void u32_be(std::uint32_t value) { be<4>(value); }
  void u16_le(std::uint16_t value) { le<2>(value); }
  void u32_le(std::uint32_t value) { le<4>(value); }
  void bytes(Bytes bytes) {
    for (const std::uint8_t byte : bytes) out_.push_back(byte);
  }

 private:
  template <unsigned N>
  void be(std::uint32_t value) {
    for (unsigned i = N; i-- > 0;) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  template <unsigned N>
  void le(std::uint32_t value) {
    for (unsigned i = 0; i < N; ++i) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }

  Container& out_;
};

}  // namespace vscard::protocol
