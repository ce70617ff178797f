#pragma once

#include "async/awaitable.hpp"
#include "protocol/bytes.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace vscard::chardev::websocket {

/// What a server serves, and to whom.
struct Service {
  std::string path;                   ///< "/card"
  std::optional<std::string> origin;  ///< of web pages that may connect; none: no web page may
};

/// Beast's WebSocket on memory: its owner reads and writes the stream below. Beast is in the
/// source of this class alone, for the sake of compile times.
class Engine {
 public:
  explicit Engine(const asio::any_io_executor& executor);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  // The handshake of one of the two roles comes first.

  /// Asks a server for a WebSocket. Its answer's header is to be given with got().
  void ask(std::string_view host, std::string_view path);
  /// Nothing: it is still under way. The error is part of a line for the user.
  std::optional<Result<>> answer() const;

  /// Answers a client's request, which is the whole header. The error is for log lines.
  Result<> accept(std::string_view request, const Service& service);

  // Then messages.

  /// Begins to read, unless that has begun, or there are still bytes of the last one.
  void read();
  /// How many bytes of it are now in `into`, or what ended the WebSocket. Nothing: it is still
  /// under way.
  std::optional<std::expected<std::size_t, std::error_code>> received(std::span<std::uint8_t> into);
  /// A message of these bytes goes to the output.
  std::error_code write(protocol::Bytes bytes);
  /// A close frame goes to the output, if the WebSocket is open.
  enum class CloseCode : std::uint16_t { Normal = 1000, UnknownData = 1003 };
  void close(CloseCode code);

  // The stream below.

  /// Where the next bytes from below are to be put. Empty: changed() is to be awaited.
  std::span<std::uint8_t> wanted();
  /// So many of them have come, or none will.
  void got(const std::expected<std::size_t, std::error_code>& size);
  Awaitable<void> changed();
  std::size_t unsent() const;  ///< bytes of the output
  protocol::SecretBytes take_output();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vscard::chardev::websocket
