#pragma once

#include "protocol/iso7816/atr.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace vscard::pcsc_bridge::reader {

/// What pcscd is told of a reader's card. pcscd looks at a card's presence from several threads and
/// as often as it likes, and acts on a change only when the thread that watches the slot sees it.
/// So a change is held back until that thread waits for it: a card that is removed and inserted
/// again within microseconds is seen as both.
class Slot {
 public:
  /// The card that pcscd is shown.
  std::optional<protocol::iso7816::Atr> card() const;
  /// The watching thread's: shows the next change as soon as there is one, or returns at the limit
  /// or at end_wait().
  void wait_for_change(std::chrono::milliseconds limit);
  /// The wait that is under way, or else the next one, returns at once.
  void end_wait();
  /// `call` is called on the watching thread whenever seen() has become true. Before the first
  /// wait.
  void on_seen(std::function<void()> call) { on_seen_ = std::move(call); }

  // The reader's.
  /// A card is in; again for a card that is in already: it was reset, and with it what a program
  /// may believe of it. pcscd has no word for that, so it is removed and inserted.
  void insert(const protocol::iso7816::Atr& atr);
  void remove();
  /// pcscd is shown what is.
  bool settled() const;
  /// … and has told its programs: the watching thread waits again. True also if no thread watches.
  bool seen() const;

 private:
  using Card = std::optional<protocol::iso7816::Atr>;

  void change(const Card& card);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Card shown_;
  std::deque<Card> changes_;  ///< that are not shown yet; by turns with and without a card
  bool wait_ended_ = false;
  std::function<void()> on_seen_ = [] {};
  enum class Watching {
    NotYet,   ///< no thread has waited
    Waiting,  ///< left when it is shown a change
    Acting,   ///< on the change; left when it waits again
  } watching_ = Watching::NotYet;
};

}  // namespace vscard::pcsc_bridge::reader
