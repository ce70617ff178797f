#include "program/control_stream.hpp"

namespace vscard::program {

protocol::Bytes bytes_of(std::string_view text) {
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}

Awaitable<std::expected<std::string, std::error_code>> LineReader::next(std::size_t limit) {
  while (true) {
    const std::size_t end = text_.find('\n', searched_);
    if (end < limit) {
      std::string line = text_.substr(0, end);
      text_.erase(0, end + 1);
      searched_ = 0;
      co_return line;
    }
    searched_ = text_.size();
    if (searched_ >= limit) co_return std::unexpected(make_error_code(std::errc::message_size));
    const auto size = co_await stream_.read(buffer_);
    if (!size) co_return std::unexpected(size.error());
    text_.append(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(*size));
  }
}

}  // namespace vscard::program
