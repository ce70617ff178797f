#pragma once

#include "async/event.hpp"
#include "chardev/transport.hpp"
#include "protocol/failure.hpp"
#include "protocol/notice.hpp"
#include "session/ending.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>

namespace vscard::session {

struct LinkOptions {
  chardev::Endpoint endpoint;
  enum class Reconnect { Yes, No } reconnect = Reconnect::Yes;
  enum class Exposure { Refused, Allowed } exposure = Exposure::Refused;
  /// Listening, a peer that comes while another is served: is closed, or waits, unheard, until that
  /// one has gone.
  enum class NextPeer { Closed, Waits } next_peer = NextPeer::Closed;
};

/// Keeps one conversation at a time going over an endpoint. Connecting: whenever there is none, it
/// is tried again, with growing waits, unless the transport has one stream only. Listening: one
/// peer at a time; a second one is closed and does the first no harm, unless the first has not said
/// anything yet: then it gives way.
class Link {
 public:
  /// One conversation over the stream, to its end.
  using Serve = std::function<Awaitable<Ending>(chardev::Stream&)>;

  /// `remote_changed` is called when remote() has changed.
  Link(asio::any_io_executor executor, LinkOptions options, const chardev::Transport& transport,
       Serve serve, Notify notify, std::function<void()> remote_changed = {});

  /// Listens, if that is what the endpoint says. The error is a line for the user.
  Result<> open();
  /// In place of open(), for a listener that is made elsewhere.
  void listen_on(std::unique_ptr<chardev::Listener> listener);
  /// Until stop(), or until it makes no sense to go on, as it does not for a listening link that
  /// was not opened; the failure says why.
  Awaitable<Result<>> run();
  /// Who is served has said its first message: it is a peer, and no further one takes its place.
  void note_greeting() { greeted_ = true; }
  /// A line about who is served, or was.
  void tell(const Notice& notice) { notify_(notice); }
  /// Connecting: no further peer until release(). The one that is served stays.
  void hold() { held_ = true; }
  void release();
  /// No further peer: run() returns when the conversation that is under way has ended.
  void stop();

  /// Where it listens, with the port that was chosen; else the address that it connects to.
  std::string address() const;
  bool listens() const { return options_.endpoint.mode == chardev::Endpoint::Mode::Listen; }
  /// Who is served now.
  std::optional<std::string> remote() const;
  /// Of its listener, if that pairs; valid as long as the link.
  chardev::Pairing* pairing() const { return listener_ ? listener_->pairing() : nullptr; }
  /// … if that lends; likewise.
  chardev::Lending* lending() const { return listener_ ? listener_->lending() : nullptr; }

 private:
  Awaitable<Result<>> run_connecting();
  Awaitable<Result<>> run_listening();
  Awaitable<chardev::Connected> connect();
  Awaitable<Result<>> converse(chardev::Stream& stream);
  bool tries_again() const;
  bool count_conversation(bool lasted);
  std::string key_of_crowd(const std::string& what) const;
  Awaitable<void> serve_accepted(std::unique_ptr<chardev::Stream> stream);
  Awaitable<void> note_refused(const chardev::AcceptError& error);
  Awaitable<void> make_room();
  Awaitable<void> pause();
  void set_stream(chardev::Stream* stream);
  void note_once(Notice::Severity severity, const std::string& text, const std::string& key = "");

  asio::any_io_executor executor_;
  LinkOptions options_;
  const chardev::Transport& transport_;
  Serve serve_;
  Notify notify_;
  std::function<void()> remote_changed_;
  // One of the two is there after open().
  std::unique_ptr<chardev::Listener> listener_;
  std::unique_ptr<chardev::Connector> connector_;
  chardev::Stream* stream_ = nullptr;  ///< while a peer is served
  bool greeted_ = false;               ///< by the peer that is served
  bool gave_way_ = false;              ///< the peer that is served is closed for the next one
  protocol::Time waited_in_vain_{};    ///< for the end of the peer that is served
  bool held_ = false;
  async::Event released_;
  bool stopping_ = false;
  async::Event changed_;  ///< stop() was called, or the last peer has gone
  std::chrono::milliseconds next_pause_;
  protocol::Time waited_for_until_{};  ///< the conversation before may go on
  int short_told_ = 0;                 ///< conversations in a row that were short, and told
  std::set<std::string> noted_;        ///< lines that the next try does not repeat
  std::minstd_rand jitter_;
};

}  // namespace vscard::session
