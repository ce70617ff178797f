#pragma once

#include "protocol/vsc/host.hpp"
#include "session/ending.hpp"
#include "session/message_stream.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace vscard::session {

/// How long a client waits at most until a change is seen.
inline constexpr std::chrono::milliseconds kShowTimeout{500};

/// What a host session tells the side that uses the cards.
class ReaderSide {
 public:
  ReaderSide() = default;
  ReaderSide(const ReaderSide&) = delete;
  ReaderSide& operator=(const ReaderSide&) = delete;
  virtual ~ReaderSide() = default;

  /// Send and Ended do not come here.
  virtual void perform(protocol::vsc::VscHost::Action action) = 0;
  /// Whoever uses the cards has seen every change so far. The client gets the answer to its request
  /// then, or after kShowTimeout: so it knows, and does not undo a change that nobody has seen.
  virtual bool settled() const { return true; }
};

/// The host's conversations with one client after the other. To be used on one executor.
class HostSession : private VscMachine {
 public:
  HostSession(ReaderSide& readers, protocol::vsc::PeerLimits client,
              protocol::Duration apdu_timeout,
              protocol::Duration silence = protocol::vsc::kSilence);

  /// One conversation. When it ends, its cards and readers are reported removed. A stream that
  /// comes while one is under way is closed.
  Awaitable<Ending> serve(chardev::Stream& stream);
  /// Ends the conversation that is under way at once, whether the client reads or not.
  void leave();

  // See VscHost. Without a conversation there is no card.
  void transmit(protocol::vsc::ReaderId reader, protocol::SecretBytes command);
  void abort(protocol::vsc::ReaderId reader);
  void power(protocol::vsc::ReaderId reader, protocol::vsc::PowerAction action);
  /// What the client of this conversation can take; it is known when its first reader comes.
  const protocol::vsc::PeerLimits& client() const { return machine_.client(); }
  /// To the client and back, if that is known.
  std::optional<protocol::Duration> round_trip() const { return machine_.round_trip(); }
  /// ReaderSide::settled() may have become true. Whoever does not say so is asked every
  /// millisecond.
  void look() { send_held(); }

 private:
  /// The client has said its first message, in this conversation.
  virtual void remote_greeted() {}
  void receive(protocol::vsc::Message message) override;
  std::optional<protocol::Time> deadline() const override;
  void expire() override;

  void perform(protocol::vsc::VscHost::Actions actions);
  void send(protocol::vsc::Message message);
  void send_held();

  ReaderSide& readers_;
  protocol::vsc::PeerLimits client_;
  protocol::Duration apdu_timeout_;
  protocol::Duration silence_;
  protocol::vsc::VscHost machine_;
  chardev::Stream* stream_ = nullptr;         ///< during serve()
  MessageStream* messages_ = nullptr;         ///< likewise
  std::vector<protocol::vsc::Message> held_;  ///< answers, until what they are about is seen
  protocol::Time held_since_;
  protocol::Time look_again_;  ///< … whether it is
  bool greeted_ = false;       ///< the client has sent its Init, in this conversation
  bool left_ = false;          ///< … was ended by leave()
};

}  // namespace vscard::session
