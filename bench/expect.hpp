#pragma once

#include "bench/host.hpp"
#include "protocol/iso7816/apdu.hpp"

#include <fmt/core.h>

#include <stdexcept>

namespace vscard::bench {

inline constexpr unsigned kSuccess = 0x90;
inline constexpr unsigned kDataThere = 0x61;

/// Sends a command; throws unless the response has this SW1 and at least so many bytes of data.
inline void expect(Host& host, protocol::Bytes command, std::size_t least, unsigned sw1) {
  const auto response = host.exchange(command);
  const auto parsed = protocol::iso7816::ResponseApdu::parse(response.view());
  if (!parsed) throw std::runtime_error("the card's response has no status");
  const auto status = static_cast<unsigned>(parsed->status);
  if (parsed->data.size() >= least && status >> 8 == sw1) return;
  throw std::runtime_error(fmt::format("the card answered command {:02x} with {} bytes and {:04x}",
                                       command[1], parsed->data.size(), status));
}

}  // namespace vscard::bench
