#include "session/link.hpp"

#include "async/error.hpp"
#include "async/first_of.hpp"
#include "async/spawn.hpp"
#include "protocol/vsc/peer_limits.hpp"
#include "session/exposure.hpp"

#include <algorithm>
#include <utility>

namespace vscard::session {
namespace {

using protocol::Clock;
using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{200};
constexpr milliseconds kLongestPause{10'000};
/// … while the remote waits for this side to come back.
constexpr milliseconds kLongestPauseIfWaitedFor{1'000};
/// A conversation that lasted as long was a good one: the next pause is the first again.
constexpr milliseconds kPauseResetsAfter{10'000};
/// How many conversations that were shorter are told: no peer fills the log by coming and going.
constexpr int kMaxShortTold = 10;
/// A peer that comes while another is served may be the same one again, whose end is not seen yet.
constexpr milliseconds kWaitForPreviousPeer{100};
/// After a wait in vain there is none for so long, or a crowd of peers would keep the one behind it
/// waiting.
constexpr milliseconds kBetweenWaitsInVain{1000};
/// What is lacking then, descriptors or memory, another connection may give back at any time.
constexpr milliseconds kPauseAfterAcceptFailed{100};
/// Different lines that are remembered as shown.
constexpr std::size_t kMaxNoted = 32;

std::string describe(const std::string& peer, const std::error_code& error) {
  if (error == async::end_of_stream()) return peer + " closed the connection";
  return peer + ": " + error.message();
}

std::string kept_for(protocol::Duration time) {
  if (time == protocol::Duration::zero()) return "";
  const auto seconds = std::chrono::round<std::chrono::seconds>(time).count();
  return "; the card is kept for " + std::to_string(seconds) + " s";
}

}  // namespace

Link::Link(asio::any_io_executor executor, LinkOptions options, const chardev::Transport& transport,
           Serve serve, Notify notify, std::function<void()> remote_changed)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      transport_(transport),
      serve_(std::move(serve)),
      notify_(std::move(notify)),
      remote_changed_(std::move(remote_changed)),
      next_pause_(kFirstPause),
      jitter_(std::random_device{}()) {}

Result<> Link::open() {
  const chardev::Address& target = options_.endpoint.address;
  if (options_.exposure == LinkOptions::Exposure::Refused) {
    const auto safe = check_exposure(options_.endpoint, transport_, "pass --insecure");
    if (!safe) return safe;
  }
  if (options_.endpoint.mode == chardev::Endpoint::Mode::Connect) {
    connector_ = transport_.connector(executor_, target);
    return {};
  }
  auto listener = transport_.listen(executor_, target);
  if (!listener)
    return std::unexpected("cannot listen on " + target.text() + ": " + listener.error().text);
  listen_on(std::move(*listener));
  return {};
}

void Link::listen_on(std::unique_ptr<chardev::Listener> listener) {
  listener_ = std::move(listener);
  notify_({Notice::Severity::Info, "listening on " + listener_->address()});
  if (auto* const pairing = listener_->pairing()) pairing->start(notify_);
}

Awaitable<Result<>> Link::run() {
  const bool listens = options_.endpoint.mode == chardev::Endpoint::Mode::Listen;
  if (!listener_ && !connector_) co_return std::unexpected("not yet open: " + address());
  if (listens) co_return co_await run_listening();
  co_return co_await run_connecting();
}

void Link::release() {
  held_ = false;
  released_.notify();
}

void Link::stop() {
  stopping_ = true;
  changed_.notify();
  released_.notify();
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
  const bool again = tries_again();
  while (!stopping_) {
    while (held_ && !stopping_) co_await released_.wait();
    if (stopping_) break;
    auto stream = co_await connect();
    if (stopping_) break;
    if (stream) {
      note_once(Notice::Severity::Info, "connected to " + target);
      Result<> result = co_await converse(**stream);
      if (stopping_) break;
      if (!result || transport_.once) co_return result;
    } else if (stream.error().remedy == chardev::ConnectError::Remedy::GoOn) {
      note_once(Notice::Severity::Info, target + ": " + stream.error().text);
      continue;
    } else {
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
    const bool waits = options_.next_peer == LinkOptions::NextPeer::Waits;
    while (waits && stream_ != nullptr) co_await changed_.wait();
    auto accepted = co_await listener_->accept();
    if (accepted && stream_ != nullptr) co_await make_room();
    if (stopping_) break;
    if (!accepted) {
      co_await note_refused(accepted.error());
    } else if (stream_ != nullptr) {
      note_once(
          Notice::Severity::Warning,
          "turned " + (*accepted)->remote() + " away: " + stream_->remote() + " is being served",
          "turned away");
      (*accepted)->close();
    } else {
      set_stream(accepted->get());
      async::spawn(executor_, serve_accepted(std::move(*accepted)));
    }
  }
  while (stream_ != nullptr) co_await changed_.wait();
  co_return Result<>{};
}

/// A crowd of peers that fail alike does not fill the log.
Awaitable<void> Link::note_refused(const chardev::AcceptError& error) {
  if (!error.text.empty()) {
    note_once(Notice::Severity::Warning, error.remote + ": " + error.text, error.text);
    co_return;
  }
  note_once(Notice::Severity::Warning,
            "cannot accept on " + address() + ": " + error.reason.message());
  co_await changed_.wait_for(kPauseAfterAcceptFailed);
}

/// For a peer that has come while another is served. stream_ is null if there is room.
Awaitable<void> Link::make_room() {
  if (greeted_ && Clock::now() - waited_in_vain_ < kBetweenWaitsInVain) co_return;
  if (!greeted_) {
    gave_way_ = true;
    stream_->close();
  }
  co_await changed_.wait_for(kWaitForPreviousPeer);
  if (stream_ != nullptr) waited_in_vain_ = Clock::now();
}

Awaitable<chardev::Connected> Link::connect() {
  // stop() also ends it.
  auto connected = co_await async::cut_short(connector_->connect(),
                                             changed_.wait_for(protocol::vsc::kAnswerTimeout));
  if (connected) co_return std::move(*connected);
  co_return std::unexpected(chardev::ConnectError{.text = "no answer"});
}

/// The error is a reason not to go on.
Awaitable<Result<>> Link::converse(chardev::Stream& stream) {
  set_stream(&stream);
  greeted_ = gave_way_ = false;
  const auto began = Clock::now();
  const Ending ending = co_await serve_(stream);
  set_stream(nullptr);
  changed_.notify();
  if (ending.waits > protocol::Duration::zero()) next_pause_ = kFirstPause;
  waited_for_until_ = Clock::now() + ending.waits;
  const bool told = count_conversation(Clock::now() - began >= kPauseResetsAfter);
  if (told) noted_.clear();
  noted_.erase("turned away");
  if (gave_way_) {
    note_once(Notice::Severity::Warning, stream.remote() + " said nothing and gave way to the next",
              "gave way");
    co_return Result<>{};
  }
  if (!ending.error) next_pause_ = kFirstPause;
  if (!ending.error) co_return Result<>{};
  const std::string text = describe(stream.remote(), ending.error) + kept_for(ending.waits);
  const bool connecting = !listener_;
  if (connecting && (ending.next == Ending::Next::GiveUp || !tries_again())) {
    if (!transport_.once || !chardev::closed_by_remote(ending.error)) {
      co_return std::unexpected(text);
    }
    notify_({Notice::Severity::Info, text});
    co_return Result<>{};
  }
  if (!stopping_) {
    note_once(Notice::Severity::Warning, text + (connecting ? "; trying again" : ""),
              key_of_crowd(ending.error.message()));
  }
  if (told) noted_.clear();  // the next one's coming and going are told, too
  co_return Result<>{};
}

bool Link::tries_again() const {
  return options_.reconnect == LinkOptions::Reconnect::Yes && !transport_.once;
}

/// True if the coming and going of its peer are told.
bool Link::count_conversation(bool lasted) {
  if (lasted) next_pause_ = kFirstPause;
  if (lasted) short_told_ = 0;
  return lasted || (greeted_ && ++short_told_ <= kMaxShortTold);
}

Awaitable<void> Link::serve_accepted(std::unique_ptr<chardev::Stream> stream) {
  note_once(Notice::Severity::Info, stream->remote() + " connected", key_of_crowd("connected"));
  co_await converse(*stream);
}

Awaitable<void> Link::pause() {
  if (stopping_) co_return;
  std::uniform_real_distribution<double> spread(0.75, 1.25);
  const auto length = std::chrono::duration_cast<milliseconds>(next_pause_ * spread(jitter_));
  const bool waited_for = Clock::now() < waited_for_until_;
  next_pause_ = std::min(2 * next_pause_, waited_for ? kLongestPauseIfWaitedFor : kLongestPause);
  co_await changed_.wait_for(length);
}

/// Over TCP each peer has another name. Those that come and go too often are one to the log.
std::string Link::key_of_crowd(const std::string& what) const {
  return short_told_ >= kMaxShortTold ? what : "";
}

void Link::set_stream(chardev::Stream* stream) {
  if (std::exchange(stream_, stream) == stream) return;
  if (remote_changed_) remote_changed_();
}

void Link::note_once(Notice::Severity severity, const std::string& text, const std::string& key) {
  if (noted_.size() >= kMaxNoted) noted_.clear();
  if (noted_.insert(key.empty() ? text : key).second) notify_({severity, text});
}

}  // namespace vscard::session
