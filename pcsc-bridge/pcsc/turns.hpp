#pragma once

#include "pcsc-bridge/pcsc/message.hpp"
#include "protocol/time.hpp"

#include <chrono>
#include <deque>
#include <optional>

namespace vscard::pcsc_bridge::pcsc {

using protocol::Time;

enum class ConnectionId : std::uint64_t {};

/// How long Begin waits for its turn. libpcsclite asks again when it is told of the violation, and
/// holds a lock of the program's until it is told something.
inline constexpr std::chrono::milliseconds kBeginPatience{500};
/// … and how long its place is kept until it has: libpcsclite sleeps for 100 ms.
inline constexpr std::chrono::seconds kPlaceKept{1};

/// The calls that wait for the end of a transaction at one reader, in the order in which they came.
class Turns {
 public:
  struct Turn {
    ConnectionId connection{};
    HandleId card{};  ///< of Begin; 0: of no handle
    Request request;
  };

  /// Until it is taken. With a handle it has the place that was kept for that, and gives up in
  /// time.
  void add(Turn turn, Time now);
  /// The first one.
  std::optional<Turn> take();
  /// One that has waited too long. Its place is kept.
  std::optional<Turn> take_late(Time now);
  void drop(ConnectionId connection);
  /// When take_late() has one.
  std::optional<Time> deadline() const;

 private:
  struct Place {
    HandleId card{};
    ConnectionId connection{};
    std::optional<Request> request;  ///< none: the place is kept
    std::optional<Time> until;       ///< of the wait, or of the place
  };
  void forget_places(Time now);

  std::deque<Place> places_;
};

}  // namespace vscard::pcsc_bridge::pcsc
