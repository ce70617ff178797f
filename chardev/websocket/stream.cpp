#include "chardev/websocket/stream.hpp"

#include "chardev/http_head.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::websocket {
namespace {

using protocol::Bytes;
using protocol::SecretBytes;
using Remedy = ConnectError::Remedy;

constexpr std::size_t kMaxHead = 16384;   ///< bytes of a request or an answer
constexpr std::size_t kMaxFrame = 65536;  ///< bytes that are sent as one message
/// A peer that sends pings and reads nothing is not read from above so many bytes.
constexpr std::size_t kMaxUnsent = 4 * kMaxFrame;

Bytes bytes_of(std::string_view text) {
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}

/// The request with the token, of which there is no other copy.
SecretBytes with_token(const SecretBytes& request, const SecretBytes& token) {
  constexpr std::string_view kName = "Authorization: Bearer ";
  constexpr std::size_t kLineEnd = 2;  ///< bytes
  auto whole = SecretBytes::with_capacity(request.size() + kName.size() + token.size() + kLineEnd);
  whole.append(request.view().first(request.size() - kLineEnd));
  whole.append(bytes_of(kName));
  whole.append(token.view());
  whole.append(bytes_of(kHeadEnd));
  return whole;
}

}  // namespace

WebSocketStream::WebSocketStream(const asio::any_io_executor& executor,
                                 std::unique_ptr<Stream> carrier, std::string remote)
    : carrier_(std::move(carrier)), remote_(std::move(remote)), engine_(executor) {}

Awaitable<std::expected<void, ConnectError>> WebSocketStream::ask(Question question) {
  engine_.ask(question.host, question.path);
  while (engine_.wanted().empty()) co_await engine_.changed();
  outgoing_ = engine_.take_output();
  if (!question.token.empty()) outgoing_ = with_token(outgoing_, question.token);
  if (const auto error = co_await flush()) {
    co_return std::unexpected(ConnectError{.text = error.message()});
  }
  const auto head = co_await answer();
  if (!head) co_return std::unexpected(head.error());
  for (Bytes rest = bytes_of(*head); !engine_.answer();) {
    const auto into = engine_.wanted();
    if (into.empty()) {
      co_await engine_.changed();
      continue;
    }
    const std::size_t size = std::min(into.size(), rest.size());
    std::ranges::copy(rest.first(size), into.begin());
    rest = rest.subspan(size);
    engine_.got(size);
  }
  if (const auto agreed = *engine_.answer(); !agreed) {
    co_return std::unexpected(ConnectError{
        "the server's answer to the WebSocket request: " + agreed.error().text, Remedy::GiveUp});
  }
  co_return std::expected<void, ConnectError>();
}

/// The header of a server's answer that agrees.
Awaitable<std::expected<std::string, ConnectError>> WebSocketStream::answer() {
  auto head = co_await read_http_head(*carrier_, kMaxHead);
  if (!head) co_return std::unexpected(ConnectError{.text = head.error().message()});
  if (!head->starts_with("HTTP/1.")) {
    co_return std::unexpected(ConnectError{"the server does not speak HTTP", Remedy::GiveUp});
  }
  if (!head->starts_with("HTTP/1.1 101")) {
    co_return std::unexpected(
        ConnectError{.text = "the server refuses: " + head->substr(0, head->find('\r'))});
  }
  if (!head->ends_with(kHeadEnd)) {
    co_return std::unexpected(ConnectError{"the header of the server's answer is too long"});
  }
  co_return std::move(*head);
}

Awaitable<Result<>> WebSocketStream::accept(Service service) {
  const auto head = co_await read_http_head(*carrier_, kMaxHead);
  if (!head) co_return std::unexpected(head.error().message());
  if (!head->ends_with(kHeadEnd)) {
    co_return std::unexpected("its request has more than " + std::to_string(kMaxHead) + " bytes");
  }
  const auto granted = engine_.accept(*head, service);
  const std::error_code error = co_await flush();
  if (error && granted) co_return std::unexpected(error.message());
  co_return granted;
}

Awaitable<std::expected<std::size_t, std::error_code>> WebSocketStream::read(
    std::span<std::uint8_t> into) {
  engine_.read();
  auto received = engine_.received(into);
  while (!received) {
    if (const auto error = co_await step()) co_return std::unexpected(error);
    received = engine_.received(into);
  }
  if (const auto error = co_await flush_unless_busy()) co_return std::unexpected(error);
  co_return *received;
}

Awaitable<std::error_code> WebSocketStream::step() {
  if (const auto error = co_await flush_unless_busy()) co_return error;
  const auto into = engine_.wanted();
  if (into.empty()) {
    co_await engine_.changed();
    co_return std::error_code();
  }
  const auto size = co_await carrier_->read(into);
  engine_.got(size);
  co_return std::error_code();
}

Awaitable<std::error_code> WebSocketStream::write(Bytes bytes) {
  bytes = bytes.subspan(std::min(std::exchange(owed_, 0), bytes.size()));
  while (!bytes.empty()) {
    const Bytes message = bytes.first(std::min(bytes.size(), kMaxFrame));
    if (const auto error = engine_.write(message)) co_return error;
    if (const auto error = co_await flush()) co_return error;
    bytes = bytes.subspan(message.size());
  }
  co_return co_await flush();
}

/// A frame that was begun goes on, so its bytes are the beginning of the next write().
std::size_t WebSocketStream::write_now(Bytes bytes) {
  const bool busy = owed_ > 0 || !outgoing_.empty() || engine_.unsent() > 0;
  if (busy || bytes.size() > kMaxFrame || engine_.write(bytes)) return 0;
  outgoing_ = engine_.take_output();
  const std::size_t written = carrier_->write_now(outgoing_.view());
  if (written < outgoing_.size()) {
    outgoing_at_ = written;
    owed_ = bytes.size();
    return 0;
  }
  outgoing_ = {};
  return bytes.size();
}

void WebSocketStream::close() {
  if (std::exchange(closed_, true)) return;
  engine_.close(Engine::CloseCode::Normal);
  if (outgoing_.empty()) carrier_->write_now(engine_.take_output().view());
  carrier_->close();
}

/// Whoever writes sends pongs, too: to wait for that would be to read nothing from a peer that
/// writes before it reads.
Awaitable<std::error_code> WebSocketStream::flush_unless_busy() {
  const bool busy = mutex_.locked() || !outgoing_.empty();
  if (busy && engine_.unsent() < kMaxUnsent) co_return std::error_code();
  co_return co_await flush();
}

Awaitable<std::error_code> WebSocketStream::flush() {
  if (outgoing_.empty() && engine_.unsent() == 0) co_return std::error_code();
  const auto lock = co_await mutex_.lock();
  while (!outgoing_.empty() || engine_.unsent() > 0) {
    if (outgoing_.empty()) outgoing_ = engine_.take_output();
    const auto rest = outgoing_.view().subspan(std::exchange(outgoing_at_, 0));
    if (const auto error = co_await carrier_->write(rest)) co_return error;
    outgoing_ = {};
  }
  co_return std::error_code();
}

}  // namespace vscard::chardev::websocket
