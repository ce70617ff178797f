#pragma once

#include "ccid-passthru/ccid/chaining.hpp"
#include "ccid-passthru/ccid/message.hpp"
#include "ccid-passthru/ccid/parameters.hpp"
#include "protocol/errc.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/message.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <array>
#include <optional>
#include <variant>
#include <vector>

namespace vscard::ccid_passthru::ccid {

/// How often the guest is told that a card still works. libccid may wait no longer than 2.2 s.
inline constexpr std::chrono::seconds kExtensionInterval{1};
/// How long the slot is shown empty at least when one card follows another: from the change on, and
/// from the guest's first look at it. In less, its programs would not notice that it is another
/// one.
inline constexpr std::chrono::milliseconds kEmptyTime{20};
/// How much later than that a guest may look, by GetSlotStatus, that was told of the first card: a
/// slow one takes its time after the notification.
inline constexpr std::chrono::milliseconds kUnseenTime{400};

/// RDR_to_PC_NotifySlotChange, CCID 1.1 §6.3.1: 50, then for the slot 01 card present | 02 changed.
using Notification = std::array<std::uint8_t, 2>;

/// A CCID reader with one slot, at message level: no USB, no socket, no clock.
///
/// It answers each command of the guest with one message that has the command's bSeq: at once,
/// except for XfrBlock, whose APDU goes to the card. There is only one command at a time; while
/// the card works, the guest is kept waiting with time extensions. Power on, power off, abort and
/// abandon() end the waiting: what the card answers later is not for this guest, and the card's
/// side is told so. Every method returns what is to be done, in order:
///
///     actions = reader.receive(message, now);     for each message of the bulk-OUT pipe
///     actions = reader.respond(response);         or fail(): the outcome of a Transmit
///     actions = reader.insert_card(atr, now);     and remove_card()
///     actions = reader.expire(now);               when deadline() has come
class Reader {
 public:
  /// An APDU for the card. Unless AbortTransmit follows, respond() or fail() is to be called once.
  struct Transmit {
    protocol::SecretBytes command;
    bool operator==(const Transmit&) const = default;
  };
  /// The outcome of the last Transmit is not wanted any more: respond() and fail() must not be
  /// called for it.
  struct AbortTransmit {
    bool operator==(const AbortTransmit&) const = default;
  };
  /// The guest powers a card down that it had powered, or powers it again: the card loses its state
  /// before the next Transmit.
  struct PowerCard {
    protocol::vsc::PowerAction action{};
    bool operator==(const PowerCard&) const = default;
  };
  /// A message for the bulk-IN pipe that ends a command.
  struct Answer {
    protocol::SecretBytes message;
    bool operator==(const Answer&) const = default;
  };
  /// A message for the bulk-IN pipe that keeps the guest waiting. Of no use once another follows.
  struct TimeExtension {
    protocol::SecretBytes message;
    bool operator==(const TimeExtension&) const = default;
  };
  /// take_notification() has something for the interrupt pipe.
  struct SlotChanged {
    bool operator==(const SlotChanged&) const = default;
  };
  using Action =
      std::variant<Transmit, AbortTransmit, PowerCard, Answer, TimeExtension, SlotChanged>;
  using Actions = std::vector<Action>;

  explicit Reader(MessageLimits limits = {}) : limits_(limits) {}

  // The guest.

  /// A message whose length differs from what its header announces (its header alone is enough)
  /// gets an error as its answer. One without a whole header has no number to answer: it is
  /// dropped.
  Actions receive(protocol::Bytes message, protocol::Time now);
  /// The ABORT request of the control pipe, the other half of the Abort message (§5.3.1).
  Actions abort(Seq seq);
  /// The guest does not read the answer of its command any more.
  Actions abandon();
  /// The guest starts anew on both pipes; the card stays as it is.
  Actions restart();
  /// The same after a bus reset or a new configuration: the card must be powered again.
  Actions reset();
  /// The slot's state for the interrupt pipe, once for all changes since it was last taken.
  std::optional<Notification> take_notification();
  bool notification_due() const { return notification_due_; }
  /// Makes the slot's state due even though it has not changed.
  Actions announce_slot();

  // The card. The client may take it away at any time, also while a command is pending.

  /// A card is in. The same ATR once more: the card was reset, the guest must power it again.
  Actions insert_card(const protocol::iso7816::Atr& atr, protocol::Time now);
  Actions remove_card(protocol::Time now);
  Actions respond(protocol::SecretBytes response);
  /// NoCard, LinkLost and NoAnswer look to the guest as if the card had gone, CardFailed as if it
  /// were mute.
  Actions fail(protocol::Errc reason);

  // Time.

  /// When expire() is to be called.
  std::optional<protocol::Time> deadline() const;
  Actions expire(protocol::Time now);

  /// The guest can see the card that is in.
  bool settled() const { return !arriving_; }
  /// Is a Transmit waiting for its outcome?
  bool busy() const { return pending_.has_value(); }

 private:
  /// The card as the guest sees it.
  struct Card {
    protocol::iso7816::Atr atr;
    Parameters parameters;
    bool active = false;  ///< powered; ended by IccPowerOff, a reset, removal
  };
  /// The XfrBlock whose APDU is at the card.
  struct Pending {
    Seq seq{};
    protocol::Time next_extension;
  };
  /// An abort consists of two halves with one bSeq, in either order.
  enum class AbortState {
    None,
    ControlSeen,  ///< every command fails; left by the Abort message, or restart()
    MessageSeen,  ///< unanswered; left by the control request, or by the next command, which shows
                  ///< that the guest does not wait for the answer
  };

  std::optional<Reply> execute(const Command& command, protocol::Time now, Actions& out);
  Reply power_on(const Command& command, Actions& out);
  Reply power_off(const Command& command, Actions& out);
  void power_down(Actions& out);
  Reply slot_status(const Command& command, protocol::Time now);
  std::optional<Reply> transfer(const Command& command, protocol::Time now, Actions& out);
  Reply continue_response(const Command& command);
  Reply response_part(const Command& command);
  Reply get_parameters(const Command& command) const;
  Reply reset_parameters(const Command& command);
  Reply set_parameters(const Command& command);
  std::optional<Reply> abort_message(const Command& command);
  void give_up_abort(Actions& out);
  void drop_pending(Error error, Actions& out);
  void clear_chains();

  void show_card(const protocol::iso7816::Atr& atr, Actions& out);
  void hide_card(protocol::Time now, Actions& out);
  void change_slot(Actions& out);
  protocol::Time shown_from() const;

  IccStatus icc_status() const;
  Reply success(const Command& command, std::uint8_t specific = 0, protocol::Bytes data = {}) const;
  Reply failure(const Command& command, Error error) const;
  static void answer(const Reply& reply, Actions& out);

  MessageLimits limits_;
  std::optional<Card> card_;
  std::optional<protocol::iso7816::Atr>
      arriving_;                ///< shown when the slot has been empty long enough
  protocol::Time empty_until_;  ///< at least
  bool told_ = false;           ///< of the card shown last, by GetSlotStatus, and not of its end
  std::optional<Pending> pending_;
  CommandChain command_chain_;
  ResponseChain response_chain_;
  AbortState abort_state_ = AbortState::None;
  Seq abort_seq_{};  ///< valid unless None
  bool notification_due_ = true;
};

}  // namespace vscard::ccid_passthru::ccid
