#include "chardev/http_head.hpp"

#include <array>

namespace vscard::chardev {

/// A byte at a time: what follows the header is for another reader.
Awaitable<std::expected<std::string, std::error_code>> read_http_head(Stream& stream,
                                                                      std::size_t limit) {
  std::string head;
  while (!head.ends_with(kHeadEnd) && head.size() < limit) {
    std::array<std::uint8_t, 1> byte{};
    const auto size = co_await stream.read(byte);
    if (!size) co_return std::unexpected(size.error());
    head += static_cast<char>(byte.front());
  }
  co_return head;
}

}  // namespace vscard::chardev
