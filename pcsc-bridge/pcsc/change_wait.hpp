#pragma once

#include "pcsc-bridge/pcsc/message.hpp"

namespace vscard::pcsc_bridge::pcsc {

/// From this version on Wait has no answer, and a program asks for the states itself.
inline constexpr std::uint32_t kStatesApart = 6;

/// A program's wait for a change, from Wait to its Event or StopWaiting. A libpcsclite of 4:6 reads
/// an Event that comes before the states that it asks for next as their answer: so there is none
/// until these were sent. What changes meanwhile they show.
class ChangeWait {
 public:
  enum class Next { Nothing, SendEvent };

  /// `minor` is the version that the program speaks.
  void begin(std::uint32_t minor);
  /// The states were sent. With SendEvent the wait was cancelled meanwhile.
  Next show();
  Next change();
  Next cancel();
  /// Is StopWaiting answered?
  bool stop();
  /// It was sent an event, and has not asked for the states since.
  bool behind() const { return behind_; }

 private:
  enum class State {
    None,
    Begun,      ///< left by show()
    Cancelled,  ///< in Begun; left by show()
    Open,       ///< an event may be sent; left by one, or by stop()
  };
  State state_ = State::None;
  bool behind_ = false;
};

}  // namespace vscard::pcsc_bridge::pcsc
