#pragma once

#include "protocol/time.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace vscard::chardev::nats {

/// Somebody who waits in line.
struct Waiter {
  std::string subject;              ///< of the end that asks
  std::vector<std::string> labels;  ///< that are wanted
  protocol::Time since;             ///< the earlier, the further ahead
  protocol::Time heard;             ///< when it last asked
};

/// Those who wait for a card of a pool at one process, the first one first. Who came before whom
/// does not change while both are in it.
class WaitingLine {
 public:
  static constexpr std::size_t kMaxWaiters = 1024;

  /// Who is in it already keeps its place. False: the line is full.
  bool put(Waiter waiter);
  /// It asks again. False: it is not in the line.
  bool heard(const std::string& subject, protocol::Time now);
  void leave(const std::string& subject);
  /// Forgets who has not asked for kForgotten.
  void forget_silent(protocol::Time now);
  /// Nobody was silent until now: nobody could be heard.
  void excuse_silence(protocol::Time now);

  /// From 1 on; 0: it is not in the line.
  std::size_t place_of(const std::string& subject) const;
  const std::vector<Waiter>& waiters() const { return waiters_; }

 private:
  std::vector<Waiter> waiters_;
};

}  // namespace vscard::chardev::nats
