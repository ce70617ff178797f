#include "session/link.hpp"

#include "protocol/vsc/peer_limits.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace vscard::session {
namespace {

using protocol::Clock;
using std::chrono::milliseconds;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds kFirstPause{200};
constexpr milliseconds kLongestPause{10'000};
/// A conversation that lasted as long was a good one: the next pause is the first again.
constexpr milliseconds kPauseResetsAfter{10'000};
/// A peer that comes while another is served may be the same one again, whose end is not seen yet.
constexpr milliseconds kWaitForPreviousPeer{100};
/// Different lines that are remembered as shown.
constexpr std::size_t kMaxNoted = 32;

std::string describe(const std::string& peer, const std::error_code& error) {
  const boost::system::error_code closed = asio::error::eof;
  if (error == std::error_code(closed)) return peer + " closed the connection";
  return peer + ": " + error.message();
}

}  // namespace

Link::Link(asio::any_io_executor executor, LinkOptions options, const chardev::Transport& transport,
           Serve serve, Notify notify)
    : executor_(executor),
      options_(std::move(options)),
      transport_(transport),
      serve_(std::move(serve)),
      notify_(std::move(notify)),
      wake_(executor),
      next_pause_(kFirstPause),
      jitter_(std::random_device{}()) {}

Result<> Link::open() {
  const chardev::Address& target = options_.endpoint.address;
  const bool reachable_unencrypted = transport_.reachable_unencrypted(target);
  if (options_.endpoint.mode == chardev::Endpoint::Mode::Connect) {
    if (reachable_unencrypted) {
      note_once(Notice::Severity::Warning,
                "PINs go unencrypted to " + target.text() +
                    "; better through a tunnel, e.g. ssh -L 2001:localhost:2001 HOST and "
                    "connect:tcp://127.0.0.1:2001");
    }
    return {};
  }
  if (reachable_unencrypted && options_.exposure == LinkOptions::Exposure::Refused) {
    return std::unexpected(
        "will not listen on " + target.text() +
        ": PINs would go unencrypted, and whoever reaches it gets the link; listen on 127.0.0.1 "
        "or a UNIX socket, or pass --insecure");
  }
  auto listener = transport_.listen(executor_, target);
  if (!listener)
    return std::unexpected("cannot listen on " + target.text() + ": " + listener.error().text);
  listener_ = std::move(*listener);
  notify_({Notice::Severity::Info, "listening on " + listener_->address()});
  return {};
}

Awaitable<Result<>> Link::run() {
  auto result = listener_ ? run_listening() : run_connecting();
  co_return co_await std::move(result);
}

void Link::stop() {
  stopping_ = true;
  wake_.cancel();
  if (listener_) listener_->close();
}

std::string Link::address() const {
  return listener_ ? listener_->address() : options_.endpoint.address.text();
}

std::optional<std::string> Link::remote() const {
  if (stream_ == nullptr) return std::nullopt;
  return stream_->remote();
}

Awaitable<Result<>> Link::run_connecting() {
  const std::string target = options_.endpoint.address.text();
  const bool again = options_.reconnect == LinkOptions::Reconnect::Yes;
  while (!stopping_) {
    auto stream = co_await connect();
    if (stream) {
      note_once(Notice::Severity::Info, "connected to " + target);
      const Result<> result = co_await converse(**stream);
      if (stopping_) break;
      if (!result) co_return result;
    } else if (!stopping_) {
      const std::string text = "cannot connect to " + target + ": " + stream.error().text;
      if (!again || stream.error().remedy == chardev::ConnectError::Remedy::GiveUp) {
        co_return std::unexpected(text);
      }
      note_once(Notice::Severity::Warning, text + "; trying again");
    }
    co_await pause();
  }
  co_return Result<>{};
}

Awaitable<Result<>> Link::run_listening() {
  while (!stopping_) {
    auto accepted = co_await listener_->accept();
    if (accepted && stream_ != nullptr) co_await wait_for_end(kWaitForPreviousPeer);
    if (stopping_) break;
    if (!accepted) {
      note_once(Notice::Severity::Warning,
                "cannot accept on " + address() + ": " + accepted.error().message());
      co_await pause();
    } else if (stream_ != nullptr) {
      note_once(
          Notice::Severity::Warning,
          "turned " + (*accepted)->remote() + " away: " + stream_->remote() + " is being served",
          "turned away");
      (*accepted)->close();
    } else {
      stream_ = accepted->get();
      asio::co_spawn(executor_, serve_accepted(std::move(*accepted)), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
    }
  }
  while (stream_ != nullptr) co_await wait_for_end(kLongestPause);
  co_return Result<>{};
}

/// Until the peer that is served has gone, at most so long.
Awaitable<void> Link::wait_for_end(milliseconds limit) {
  wake_.expires_after(limit);
  co_await wake_.async_wait(kAsTuple);
}

Awaitable<chardev::Connected> Link::connect() {
  using asio::experimental::awaitable_operators::operator||;
  asio::steady_timer limit(executor_, protocol::vsc::kAnswerTimeout);
  // stop() ends it, too: by the timer that ends the pauses.
  wake_.expires_at(protocol::Time::max());
  auto first = transport_.connect(executor_, options_.endpoint.address) ||
               limit.async_wait(kAsTuple) || wake_.async_wait(kAsTuple);
  auto result = co_await std::move(first);
  if (auto* connected = std::get_if<0>(&result)) co_return std::move(*connected);
  co_return std::unexpected(chardev::ConnectError{.text = "no answer"});
}

/// The error is a reason not to go on.
Awaitable<Result<>> Link::converse(chardev::Stream& stream) {
  stream_ = &stream;
  const auto began = Clock::now();
  auto conversation = serve_(stream);
  const Ending ending = co_await std::move(conversation);
  stream_ = nullptr;
  wake_.cancel();
  if (Clock::now() - began >= kPauseResetsAfter) {
    noted_.clear();
    next_pause_ = kFirstPause;
  }
  noted_.erase("turned away");
  if (!ending.error) co_return Result<>{};
  const std::string text = describe(stream.remote(), ending.error);
  const bool connecting = !listener_;
  if (connecting &&
      (ending.next == Ending::Next::GiveUp || options_.reconnect == LinkOptions::Reconnect::No)) {
    co_return std::unexpected(text);
  }
  if (!stopping_) note_once(Notice::Severity::Warning, text + (connecting ? "; trying again" : ""));
  co_return Result<>{};
}

Awaitable<void> Link::serve_accepted(std::unique_ptr<chardev::Stream> stream) {
  note_once(Notice::Severity::Info, stream->remote() + " connected");
  co_await converse(*stream);
}

Awaitable<void> Link::pause() {
  if (stopping_) co_return;
  std::uniform_real_distribution<double> spread(0.75, 1.25);
  const auto length = std::chrono::duration_cast<milliseconds>(next_pause_ * spread(jitter_));
  next_pause_ = std::min(2 * next_pause_, kLongestPause);
  wake_.expires_after(length);
  co_await wake_.async_wait(kAsTuple);
}

void Link::note_once(Notice::Severity severity, const std::string& text, const std::string& key) {
  if (noted_.size() >= kMaxNoted) noted_.clear();
  if (noted_.insert(key.empty() ? text : key).second) notify_({severity, text});
}

}  // namespace vscard::session
