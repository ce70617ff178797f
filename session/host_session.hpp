#pragma once

#include "protocol/vsc/host.hpp"
#include "session/conversation.hpp"

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
class HostSession : public Conversation {
 public:
  HostSession(ReaderSide& readers, protocol::vsc::PeerLimits client,
              protocol::Duration apdu_timeout, protocol::Duration silence = protocol::vsc::kSilence,
              protocol::Duration grace = {}, std::uint32_t max_readers = 1);

  /// Ends the conversation that is under way at once, whether the client reads or not. When one
  /// ends, its cards and readers are reported removed.
  void leave() { close(); }

  // See VscHost. Without a conversation there is no card.
  void transmit(protocol::vsc::ReaderId reader, protocol::SecretBytes command);
  void abort(protocol::vsc::ReaderId reader);
  void power(protocol::vsc::ReaderId reader, protocol::vsc::PowerAction action);
  void withdraw(protocol::vsc::ReaderId reader, protocol::vsc::Use why);
  void offer(protocol::vsc::ReaderId reader);
  /// What the client of this conversation can take; it is known when its first reader comes.
  const protocol::vsc::PeerLimits& client() const { return machine_.client(); }
  /// To the client and back, if that is known.
  std::optional<protocol::Duration> round_trip() const { return machine_.round_trip(); }
  /// ReaderSide::settled() may have become true. A reader that does not say so is asked every
  /// millisecond.
  void look() { send_held(); }

 private:
  void start() override;
  void deliver(protocol::vsc::Message message) override;
  std::optional<protocol::Time> next_deadline() const override;
  void pass_deadline() override;
  void go_on() override { machine_.resumed(protocol::Clock::now()); }
  void lose() override { perform(machine_.lost()); }
  bool is_hopeless(const std::error_code& error, bool greeted) const override;
  void tell(const Notice& /*notice*/) override {}

  /// During serve() the stream asks for the next deadline itself, after each of its events.
  void perform(protocol::vsc::VscHost::Actions actions);
  /// … and not after what comes from elsewhere.
  void perform_and_wake(protocol::vsc::VscHost::Actions actions);
  void reply(protocol::vsc::Message message);
  void send_held();

  ReaderSide& readers_;
  protocol::vsc::PeerLimits client_;
  protocol::Duration apdu_timeout_;
  protocol::Duration silence_;
  std::uint32_t max_readers_;
  protocol::vsc::VscHost machine_;
  std::vector<protocol::vsc::Message> held_;  ///< answers, until what they are about is seen
  protocol::Time held_since_;
  protocol::Time look_again_;  ///< … whether it is
};

}  // namespace vscard::session
