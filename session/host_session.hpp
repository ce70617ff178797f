#pragma once

#include "protocol/vsc/host.hpp"
#include "session/ending.hpp"
#include "session/message_stream.hpp"

namespace vscard::session {

/// What a host session tells the side that uses the cards.
class ReaderSide {
 public:
  ReaderSide() = default;
  ReaderSide(const ReaderSide&) = delete;
  ReaderSide& operator=(const ReaderSide&) = delete;
  virtual ~ReaderSide() = default;

  /// Send and Ended do not come here.
  virtual void perform(protocol::vsc::VscHost::Action action) = 0;
};

/// The card user's sessions with one client after the other. To be used on one executor.
class HostSession final : private VscMachine {
 public:
  HostSession(asio::any_io_executor executor, ReaderSide& readers, protocol::vsc::PeerLimits client,
              protocol::Duration apdu_timeout);

  /// One conversation. Precondition: none is under way. When it ends, its cards and readers are
  /// reported removed.
  Awaitable<Ending> serve(chardev::Stream& stream);
  /// The client has sent its Init, in this conversation.
  bool greeted() const { return greeted_; }
  /// Ends the conversation that is under way.
  void leave();

  // See VscHost. Without a conversation there is no card.
  bool pending(protocol::vsc::ReaderId reader) const { return machine_.pending(reader); }
  void transmit(protocol::vsc::ReaderId reader, protocol::SecretBytes command);
  void abort(protocol::vsc::ReaderId reader);

 private:
  void receive(protocol::vsc::Message message) override;
  std::optional<protocol::Time> deadline() const override { return machine_.deadline(); }
  void expire() override;

  void perform(protocol::vsc::VscHost::Actions actions);

  asio::any_io_executor executor_;
  ReaderSide& readers_;
  protocol::vsc::PeerLimits client_;
  protocol::Duration apdu_timeout_;
  protocol::vsc::VscHost machine_;
  MessageStream* messages_ = nullptr;  ///< during serve()
  bool greeted_ = false;
};

}  // namespace vscard::session
