#include "tests/simulation/numbered_command.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>

namespace vscard::tests::simulation {
namespace {

constexpr std::uint32_t kHeader = 0x00d00000;
constexpr std::uint16_t kSuccess = 0x9000;

}  // namespace

protocol::SecretBytes NumberedCommand::encode() const {
  auto bytes = protocol::SecretBytes::with_capacity(size);
  protocol::ByteWriter out(bytes);
  out.u32_be(kHeader);
  out.u32_be(number);
  out.u8(static_cast<std::uint8_t>(response_size >> 8));
  out.u8(static_cast<std::uint8_t>(response_size));
  while (bytes.size() < size) out.u8(0);
  return bytes;
}

std::optional<NumberedCommand> NumberedCommand::parse(protocol::Bytes bytes) {
  protocol::ByteReader in(bytes);
  const bool named = in.u32_be() == kHeader;
  NumberedCommand command{
      .number = in.u32_be(), .size = bytes.size(), .response_size = in.u16_be()};
  const protocol::Bytes padding = in.rest();
  const bool whole = std::ranges::all_of(padding, [](std::uint8_t byte) { return byte == 0; });
  if (!named || !in.ok() || !whole) return std::nullopt;
  return command;
}

protocol::SecretBytes NumberedCommand::response() const {
  auto bytes = protocol::SecretBytes::with_capacity(response_size);
  protocol::ByteWriter out(bytes);
  out.u32_be(number);
  while (bytes.size() + protocol::iso7816::kStatusWord < response_size) {
    out.u8(static_cast<std::uint8_t>(number + bytes.size()));
  }
  out.u16_be(kSuccess);
  return bytes;
}

}  // namespace vscard::tests::simulation
