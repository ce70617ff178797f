#pragma once

#include "protocol/vsc/client.hpp"
#include "session/conversation.hpp"

namespace vscard::session {

/// What a client session wants of the side that has the cards.
class CardSide {
 public:
  CardSide() = default;
  CardSide(const CardSide&) = delete;
  CardSide& operator=(const CardSide&) = delete;
  virtual ~CardSide() = default;

  /// Each Transmit is answered by one respond() or no_answer(), also when the connection was lost
  /// meanwhile. Send and Ended do not come here.
  virtual void perform(protocol::vsc::VscClient::Action action) = 0;
  /// A conversation has ended, and the next one may begin: with whatever state the cards are in.
  virtual void host_has_gone() {}
  /// To a request: settled() may have changed.
  virtual void host_has_answered() {}
};

/// The client's conversations with one host after the other: each is told of the readers and cards.
/// To be used on one executor.
class ClientSession : public Conversation {
 public:
  ClientSession(CardSide& cards, protocol::vsc::PeerLimits host, protocol::Duration apdu_timeout,
                protocol::Duration silence = protocol::vsc::kSilence,
                protocol::Duration grace = {});

  /// Ends the conversation that is under way, properly: cards and readers are removed first.
  void leave();

  // See VscClient.
  void add_reader(protocol::vsc::ReaderId reader, std::string name,
                  protocol::vsc::AheadPolicy ahead = protocol::vsc::AheadPolicy::Nothing);
  void insert_card(protocol::vsc::ReaderId reader, const protocol::iso7816::Atr& atr);
  void reset_card(protocol::vsc::ReaderId reader, const protocol::iso7816::Atr& atr);
  void remove_card(protocol::vsc::ReaderId reader);
  void respond(protocol::vsc::ReaderId reader, protocol::SecretBytes response);
  void no_answer(protocol::vsc::ReaderId reader);
  void works(protocol::vsc::ReaderId reader);
  bool settled(protocol::vsc::ReaderId reader) const { return machine_.settled(reader); }
  /// To the host and back, if that is known.
  std::optional<protocol::Duration> round_trip() const { return machine_.round_trip(); }

 private:
  void start() override;
  void deliver(protocol::vsc::Message message) override;
  std::optional<protocol::Time> next_deadline() const override { return machine_.deadline(); }
  void pass_deadline() override;
  void go_on() override { machine_.resumed(protocol::Clock::now()); }
  void lose() override;
  bool is_hopeless(const std::error_code& error, bool greeted) const override;
  void tell(const Notice& /*notice*/) override {}

  /// During serve() the stream asks for the next deadline itself, after each of its events.
  void perform(protocol::vsc::VscClient::Actions actions);
  /// … and not after what comes from elsewhere.
  void perform_and_wake(protocol::vsc::VscClient::Actions actions);

  CardSide& cards_;
  protocol::vsc::VscClient machine_;
};

}  // namespace vscard::session
