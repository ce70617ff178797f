#include "protocol/vpcd/message.hpp"

#include <algorithm>
#include <utility>

namespace vscard::protocol::vpcd {

std::optional<Control> control_in(Bytes message) {
  if (message.size() != 1) return std::nullopt;
  const Control control{message[0]};
  switch (control) {
    case Control::PowerOff:
    case Control::PowerOn:
    case Control::Reset:
    case Control::GetAtr:
      return control;
  }
  return std::nullopt;
}

SecretBytes encode(Bytes message) {
  auto bytes = SecretBytes::with_capacity(kLengthSize + message.size());
  ByteWriter(bytes).u16_be(static_cast<std::uint16_t>(message.size()));
  bytes.append(message);
  return bytes;
}

SecretBytes encode(Control control) {
  return encode(std::array{static_cast<std::uint8_t>(control)});
}

std::optional<SecretBytes> Decoder::next() {
  if (length_size_ < kLengthSize && !read_length()) return std::nullopt;
  const std::size_t missing = message_.capacity() - message_.size();
  message_.append(input_.bytes(std::min(missing, input_.remaining())));
  if (message_.size() < message_.capacity()) return std::nullopt;
  length_size_ = 0;
  return std::exchange(message_, SecretBytes());
}

bool Decoder::read_length() {
  while (length_size_ < kLengthSize && input_.remaining() > 0) {
    length_bytes_.at(length_size_++) = input_.u8();
  }
  if (length_size_ < kLengthSize) return false;
  message_ = SecretBytes::with_capacity(ByteReader(length_bytes_).u16_be());
  return true;
}

}  // namespace vscard::protocol::vpcd
