#pragma once

#include "ccid-passthru/ccid/message.hpp"
#include "tests/simulation/surroundings.hpp"

#include <optional>
#include <vector>

namespace vscard::tests::simulation {

namespace ccid = ccid_passthru::ccid;

/// Keeps account of what the reader owes the guest: one answer per command, with its number and of
/// its type, in time; and no message more. An error has a reason: a card is mute only after
/// trouble.
class AnswerOracle {
 public:
  /// `limit`: how long a command may be at the card.
  AnswerOracle(Surroundings& around, Duration limit) : around_(around), limit_(limit) {}

  /// The guest has sent a command, and reads.
  void sent(const ccid::Command& command);
  /// The guest has sent the control request of an abort.
  void aborted();
  /// The guest does not wait for any answer any more, and must not get one.
  void forgiven() { owed_.clear(); }
  /// A message has come from the reader.
  void arrived(protocol::Bytes message);
  /// To be called at any moment: is an answer overdue?
  void check() const;

  bool owed() const { return !owed_.empty(); }
  bool owes_transfer() const { return owes(ccid::CommandType::XfrBlock); }

 private:
  struct Debt {
    ccid::CommandType type{};
    ccid::Seq seq{};
    Time since;
    Time sign_of_life;            ///< the last message about it
    bool may_be_aborted = false;  ///< … by another command
    bool may_be_refused = false;  ///< … as one too many
  };
  void accept(Debt& debt, protocol::Bytes message);
  void note_success(protocol::Bytes message);
  void check_error(const Debt& debt, protocol::Bytes message);

  bool may_be_mute(const Debt& debt) const;
  bool owes(ccid::CommandType type) const;

  Surroundings& around_;
  Duration limit_;
  std::vector<Debt> owed_;
  /// The guest has an active card: how much trouble had been made when it last saw so, after all.
  std::optional<unsigned> active_after_;
};

}  // namespace vscard::tests::simulation
