#pragma once

#include "chardev/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vscard::chardev::vnc {

/// So many bytes; nothing: the other side has closed.
inline Awaitable<std::vector<std::uint8_t>> hear(Stream& stream, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  if (co_await read_exactly(stream, bytes)) bytes.clear();
  co_return bytes;
}

}  // namespace vscard::chardev::vnc
