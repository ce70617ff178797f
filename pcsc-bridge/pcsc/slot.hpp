#pragma once

#include "pcsc-bridge/pcsc/message.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/time.hpp"
#include "protocol/vsc/message.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace vscard::pcsc_bridge::pcsc {

using protocol::Time;
using protocol::iso7816::Atr;
using protocol::vsc::PowerAction;

/// A card that nobody has used for so long is powered down.
inline constexpr std::chrono::seconds kIdleTime{5};
/// Handles to one reader, as in pcscd.
inline constexpr std::size_t kMaxHandles = 200;

/// A reader's card and the handles to it: who may use it, and what became of it. The rules are
/// those of pcscd. It knows neither messages nor waiting: whoever may not is told SharingViolation.
class Slot {
 public:
  // The card. One that takes the place of another has removed it; the same ATR again is a reset.
  void insert(const Atr& atr, Time now);
  void remove();
  const std::optional<Atr>& card() const { return card_; }

  // The calls. Each gives what its program gets.
  /// What is wrong with the call itself, whatever the state: that does not wait.
  static Code check(const Connect& call);
  Code connect(HandleId id, const Connect& call, Time now);
  Code reconnect(const Reconnect& call, Time now);
  Code disconnect(HandleId id, Disposition disposition, Time now);
  Code begin(HandleId id);
  Code end(HandleId id, Disposition disposition);
  /// May the handle send its card a command of this protocol now?
  Code may_transmit(HandleId id, Protocols protocol) const;
  /// May it use the reader, while another has a transaction?
  Code may_use(HandleId id) const;
  /// … and the card, unless that was reset or removed behind its back?
  Code may_use_card(HandleId id) const;
  /// Its program has gone: a card in the middle of a transaction is reset.
  void drop(HandleId id, Time now);

  /// Has another handle a transaction? So long its calls have to wait.
  bool locked_for(HandleId id) const { return lock_ && *lock_ != id; }
  bool locked() const { return lock_.has_value(); }
  std::optional<HandleId> owner() const { return lock_; }
  bool exclusive() const { return exclusive_; }

  // What programs see of it: as in ReaderState.
  std::uint32_t bits() const;
  std::int32_t sharing() const;
  std::uint32_t events() const { return events_; }
  Protocols protocol() const { return protocol_; }

  /// When power_down() is due.
  std::optional<Time> deadline() const { return power_down_at_; }
  void power_down();
  /// What the card has to go through, in this order. Each is given once.
  std::vector<PowerAction> take_power() { return std::exchange(power_, {}); }

 private:
  enum class Mark {
    None,
    Reset,    ///< the card was reset by another; left by reconnect()
    Removed,  ///< it was removed; left by reconnect()
  };

  Code mark_of(HandleId id) const;
  void mark_all(Mark mark);
  void note_reset();
  Code choose_protocol(Share share, Protocols preferred);
  Code choose_share(HandleId id, Share share);
  void power_up();
  void reset(PowerAction action);
  Code act(Disposition disposition);
  void count_event();
  void unlock();
  void look_idle(Time now);

  std::optional<Atr> card_;
  bool powered_ = false;
  Protocols protocol_ = kUndefinedProtocol;
  std::uint32_t events_ = 0;
  std::map<HandleId, Mark> handles_;
  bool exclusive_ = false;        ///< the only handle is alone
  std::optional<HandleId> lock_;  ///< whose transaction it is
  unsigned depth_ = 0;            ///< of it
  std::optional<Time> power_down_at_;
  std::vector<PowerAction> power_;
};

}  // namespace vscard::pcsc_bridge::pcsc
