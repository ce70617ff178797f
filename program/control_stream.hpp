#pragma once

#include "chardev/stream.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <system_error>

/// What goes over the control socket. One line with a command goes in, as join_words() writes it.
/// "ok" or "error" comes back, and then lines: the command's text or the error's, or a stream that
/// ends when either side closes the connection.
///
///     > list --json
///     < ok
///     < [{"card":"soft", …}]
///
/// A line is enough, so that everybody can send it: echo list | socat - UNIX:control
namespace vscard::program {

inline constexpr std::size_t kMaxCommand = 4096;  ///< bytes of a command, with its newline
/// Bytes; an answer that is kept has less, and so has each line of one that is passed on.
inline constexpr std::size_t kMaxAnswer = std::size_t{16} * 1024 * 1024;

inline constexpr std::string_view kOk = "ok";
inline constexpr std::string_view kError = "error";

protocol::Bytes bytes_of(std::string_view text);

/// The lines that come from a stream.
class LineReader {
 public:
  /// `stream` outlives it.
  explicit LineReader(chardev::Stream& stream) : stream_(stream) {}

  /// The next line, without its newline. async::end_of_stream() if the stream ends before; what
  /// came until then is in rest(). std::errc::message_size: its newline is not within `limit`
  /// bytes.
  Awaitable<std::expected<std::string, std::error_code>> next(std::size_t limit);
  const std::string& rest() const { return text_; }

 private:
  chardev::Stream& stream_;
  std::string text_;          ///< that no line was made of
  std::size_t searched_ = 0;  ///< bytes of it without a newline
  std::array<std::uint8_t, 4096> buffer_{};
};

}  // namespace vscard::program
