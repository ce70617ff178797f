#pragma once

#include "ccid-passthru/ccid/reader.hpp"
#include "tests/fakes/ccid_oracle.hpp"

#include <optional>
#include <utility>

namespace vscard::fakes {

/// A CCID reader with its clock, each of whose steps an oracle looks at. Besides, no deadline may
/// be past once it has expired, however late that was.
class CheckedReader {
 public:
  using Reader = ccid_passthru::ccid::Reader;
  using Actions = Reader::Actions;

  explicit CheckedReader(ccid_passthru::ccid::MessageLimits limits = {}) : reader_(limits) {}

  /// Every step until now was right.
  bool right() const { return right_; }

  // The guest.
  Actions receive(protocol::Bytes message) {
    oracle_.sent(message);
    return check(reader_.receive(message, now_));
  }
  Actions abort(ccid_passthru::ccid::Seq seq) { return check(reader_.abort(seq)); }
  Actions abandon() { return forgiven(reader_.abandon()); }
  Actions restart() { return forgiven(reader_.restart()); }
  Actions reset() { return forgiven(reader_.reset()); }
  Actions announce_slot() { return check(reader_.announce_slot()); }
  auto take_notification() { return reader_.take_notification(); }

  // The card.
  Actions insert_card(const protocol::iso7816::Atr& atr) {
    return check(reader_.insert_card(atr, now_));
  }
  Actions remove_card() { return check(reader_.remove_card(now_)); }
  Actions respond(protocol::SecretBytes response) {
    oracle_.returned();
    return check(reader_.respond(std::move(response)));
  }
  Actions fail(protocol::Errc reason) {
    oracle_.returned();
    return check(reader_.fail(reason));
  }
  bool busy() const { return reader_.busy(); }

  // Time.
  Actions wait(protocol::Duration duration) {
    now_ += duration;
    Actions actions = check(reader_.expire(now_));
    right_ = reader_.deadline().value_or(protocol::Time::max()) > now_ && right_;
    return actions;
  }
  std::optional<protocol::Duration> time_left() const {
    const auto deadline = reader_.deadline();
    if (!deadline) return std::nullopt;
    return *deadline - now_;
  }

 private:
  Actions check(Actions actions) {
    right_ = oracle_.accepts(actions, reader_) && right_;
    return actions;
  }
  Actions forgiven(Actions actions) {
    oracle_.forgiven();
    return check(std::move(actions));
  }

  Reader reader_;
  CcidOracle oracle_;
  bool right_ = true;
  protocol::Time now_;
};

}  // namespace vscard::fakes
