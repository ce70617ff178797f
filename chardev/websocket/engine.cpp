#include "chardev/websocket/engine.hpp"

#include "async/error.hpp"
#include "async/event.hpp"
#include "chardev/websocket/errc.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace vscard::chardev::websocket {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace ws = beast::websocket;
using boost::system::error_code;
using protocol::Bytes;
using protocol::SecretBytes;

constexpr std::size_t kReadSize = 4096;  ///< bytes: most messages are below 300
constexpr const char* kSubprotocol = "binary";

/// The stream that Beast reads and writes. What it writes is kept; what it wants to read is asked
/// for, and given to it when it has come.
class Memory {
 public:
  using executor_type = asio::any_io_executor;
  using ReadHandler = std::move_only_function<void(error_code, std::size_t)>;

  Memory(executor_type executor, std::shared_ptr<async::Event> changed)
      : executor_(std::move(executor)), changed_(std::move(changed)) {}

  executor_type get_executor() const { return executor_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this, wanted = wipe(buffers)](auto handler) {
          wanted_ = wanted;
          handler_ = std::move(handler);
          changed_->notify();
        },
        token);
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this, size = append(buffers)](auto handler) {
          asio::post(executor_, beast::bind_front_handler(std::move(handler), error_code(), size));
        },
        token);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    return append(buffers);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, error_code& /*error*/) {
    return append(buffers);
  }
  /// For the end of a WebSocket: Beast does not wait for the other side's.
  template <class Buffers>
  std::size_t read_some(const Buffers& /*buffers*/, error_code& error) {
    error = asio::error::eof;
    return 0;
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& /*buffers*/) {
    throw boost::system::system_error(asio::error::eof);
  }

  std::span<std::uint8_t> wanted() const { return wanted_; }
  void got(error_code error, std::size_t size) {
    wanted_ = {};
    std::exchange(handler_, nullptr)(error, size);
  }
  const SecretBytes& output() const { return output_; }
  SecretBytes take_output() { return std::exchange(output_, {}); }

 private:
  /// Beast has used what was in its buffer, and does not wipe it. The first part is enough.
  template <class Buffers>
  static std::span<std::uint8_t> wipe(const Buffers& buffers) {
    std::span<std::uint8_t> first;
    for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers);
         ++at) {
      const asio::mutable_buffer buffer(*at);
      const std::span part(static_cast<std::uint8_t*>(buffer.data()), buffer.size());
      std::ranges::fill(part, 0);
      if (first.empty()) first = part;
    }
    return first;
  }
  template <class Buffers>
  std::size_t append(const Buffers& buffers) {
    const std::size_t size = asio::buffer_size(buffers);
    auto longer = SecretBytes::with_capacity(output_.size() + size);
    longer.append(output_.view());
    for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers);
         ++at) {
      const asio::const_buffer buffer(*at);
      longer.append({static_cast<const std::uint8_t*>(buffer.data()), buffer.size()});
    }
    output_ = std::move(longer);
    return size;
  }

  executor_type executor_;
  std::span<std::uint8_t> wanted_;  ///< valid while handler_ is there
  ReadHandler handler_;
  std::shared_ptr<async::Event> changed_;
  SecretBytes output_;
};

// Beast looks for these by their argument. The stream below is not Beast's to close.

void beast_close_socket(Memory& /*memory*/) {}

void teardown(beast::role_type /*role*/, Memory& /*memory*/, error_code& /*error*/) {}

template <class Handler>
void async_teardown(beast::role_type /*role*/, Memory& memory, Handler&& handler) {
  asio::post(memory.get_executor(),
             beast::bind_front_handler(std::forward<Handler>(handler), error_code()));
}

/// Who calls back may do so when the engine has gone.
struct Progress {
  ws::response_type response;
  std::optional<error_code> asked;                             ///< how the handshake ended
  bool reading = false;                                        ///< since read()
  std::optional<std::pair<error_code, std::size_t>> received;  ///< how a read ended
};

beast::string_view view_of(std::string_view text) { return {text.data(), text.size()}; }

using Request = http::request<http::empty_body>;

/// A client that names none takes what there is.
bool takes_subprotocol(const Request& request) {
  const auto [begin, end] = request.equal_range(http::field::sec_websocket_protocol);
  return begin == end || std::any_of(begin, end, [](const auto& field) {
           return http::token_list(field.value()).exists(kSubprotocol);
         });
}

/// Browsers let every page connect to every server, and say which page it is.
bool takes_origin(const Request& request, const Service& service) {
  const auto origin = request.find(http::field::origin);
  return origin == request.end() || (service.origin && origin->value() == *service.origin);
}

struct Refusal {
  const char* status;
  const char* reason;
};

/// Why a request for a WebSocket is not granted.
std::optional<Refusal> refusal(const Request& request, const Service& service) {
  if (request.target() != service.path) {
    return Refusal{"404 Not Found", "it asked for another path than that of the address"};
  }
  if (!takes_origin(request, service)) {
    return Refusal{"403 Forbidden", "it is a web page, which origin=URL does not let in"};
  }
  if (!takes_subprotocol(request)) {
    return Refusal{"400 Bad Request", "it asked for other subprotocols than 'binary'"};
  }
  return std::nullopt;
}

std::error_code end_of(const error_code& error, const ws::close_reason& reason) {
  if (error != ws::error::closed) return error;
  if (reason.code == ws::close_code::none || reason.code == ws::close_code::normal ||
      reason.code == ws::close_code::going_away) {
    return async::end_of_stream();
  }
  return {reason.code, error_category()};
}

}  // namespace

struct Engine::State {
  explicit State(const asio::any_io_executor& executor) : stream(executor, changed) {
    stream.binary(true);
    stream.auto_fragment(false);
    stream.read_message_max(0);  // no message is kept: it is read part by part
  }

  Result<> refuse(const Refusal& refusal) {
    const std::string answer = "HTTP/1.1 " + std::string(refusal.status) +
                               "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.next_layer().write_some(asio::buffer(answer));
    return std::unexpected(refusal.reason);
  }
  /// Asked for by a client, taken by a server.
  template <class Message>
  void name_subprotocol() {
    stream.set_option(ws::stream_base::decorator(
        [](Message& message) { message.set(http::field::sec_websocket_protocol, kSubprotocol); }));
  }

  std::shared_ptr<async::Event> changed = std::make_shared<async::Event>();
  std::shared_ptr<Progress> progress = std::make_shared<Progress>();
  SecretBytes buffer = SecretBytes::zeros(kReadSize);  ///< of a read
  std::size_t taken = 0;                               ///< of its bytes
  ws::stream<Memory, false> stream;
};

Engine::Engine(const asio::any_io_executor& executor) : state_(std::make_unique<State>(executor)) {}

Engine::~Engine() = default;

void Engine::ask(std::string_view host, std::string_view path) {
  state_->name_subprotocol<ws::request_type>();
  state_->stream.async_handshake(
      state_->progress->response, view_of(host), view_of(path),
      [progress = state_->progress, changed = state_->changed](error_code error) {
        progress->asked = error;
        changed->notify();
      });
}

std::optional<Result<>> Engine::answer() const {
  const auto& asked = state_->progress->asked;
  if (!asked) return std::nullopt;
  if (*asked) return std::unexpected(Failure{asked->message()});
  const auto& response = state_->progress->response;
  const auto chosen = response.find(http::field::sec_websocket_protocol);
  if (chosen == response.end() || chosen->value() == kSubprotocol) return Result<>{};
  return std::unexpected("the server chose the subprotocol '" + std::string(chosen->value()) +
                         "', not 'binary'");
}

Result<> Engine::accept(std::string_view request, const Service& service) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(request.size()) + 1);
  parser.skip(true);
  error_code error;
  parser.put(asio::buffer(request.data(), request.size()), error);
  if (error || !parser.is_header_done()) {
    return state_->refuse(
        {"400 Bad Request", "it does not speak HTTP, so it asks for no WebSocket"});
  }
  const Request& asked = parser.get();
  if (const auto refused = ws::is_upgrade(asked) ? refusal(asked, service) : std::nullopt) {
    return state_->refuse(*refused);
  }
  if (asked.count(http::field::sec_websocket_protocol) > 0) {
    state_->name_subprotocol<ws::response_type>();
  }
  state_->stream.accept(asked, error);
  if (error && !ws::is_upgrade(asked)) return std::unexpected("it asked for no WebSocket");
  if (error) return std::unexpected(error.message());
  return {};
}

void Engine::read() {
  if (std::exchange(state_->progress->reading, true)) return;
  state_->progress->received.reset();
  state_->taken = 0;
  const auto bytes = state_->buffer.data();
  state_->stream.async_read_some(
      asio::buffer(bytes.data(), bytes.size()),
      [progress = state_->progress, changed = state_->changed](error_code error, std::size_t size) {
        progress->received = {error, size};
        changed->notify();
      });
}

std::optional<std::expected<std::size_t, std::error_code>> Engine::received(
    std::span<std::uint8_t> into) {
  const auto& end = state_->progress->received;
  if (!end) return std::nullopt;
  if (end->first) return std::unexpected(end_of(end->first, state_->stream.reason()));
  if (state_->stream.got_text()) {
    close(CloseCode::UnknownData);
    return std::unexpected(make_error_code(Errc::Text));
  }
  const auto rest = state_->buffer.data().first(end->second).subspan(state_->taken);
  const std::size_t size = std::min(rest.size(), into.size());
  std::ranges::copy(rest.first(size), into.begin());
  std::ranges::fill(rest.first(size), std::uint8_t{0});
  state_->taken += size;
  if (size == rest.size()) state_->progress->reading = false;
  if (size > 0) return size;
  read();  // an empty message
  return std::nullopt;
}

std::error_code Engine::write(Bytes bytes) {
  error_code error;
  state_->stream.write(asio::buffer(bytes.data(), bytes.size()), error);
  return error;
}

void Engine::close(CloseCode code) {
  if (!state_->stream.is_open()) return;
  error_code ended;  // nothing is read any more
  state_->stream.close(static_cast<ws::close_code>(code), ended);
}

std::span<std::uint8_t> Engine::wanted() { return state_->stream.next_layer().wanted(); }

void Engine::got(const std::expected<std::size_t, std::error_code>& size) {
  const error_code error = size ? error_code() : error_code(size.error());
  state_->stream.next_layer().got(error, size.value_or(0));
}

Awaitable<void> Engine::changed() { return state_->changed->wait(); }

std::size_t Engine::unsent() const { return state_->stream.next_layer().output().size(); }

SecretBytes Engine::take_output() { return state_->stream.next_layer().take_output(); }

}  // namespace vscard::chardev::websocket
