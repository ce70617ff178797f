#pragma once

#include "fuzz/script.hpp"
#include "tests/fakes/checked_reader.hpp"

namespace vscard::fuzz {

/// A CCID reader; its guest sends messages, aborts and restarts. One answer per command with its
/// bSeq, never one more, or it traps.
class ReaderHarness {
 public:
  void guest(std::uint8_t event, protocol::Bytes bytes) {
    switch (event % 8) {
      case 0:
        reader_.abort(ccid_passthru::ccid::Seq{event});
        break;
      case 1:
        reader_.abandon();
        break;
      case 2:
        (event & 8) != 0 ? reader_.restart() : reader_.reset();
        break;
      case 3:
        reader_.take_notification();
        break;
      default:
        reader_.receive(bytes);
        break;
    }
    if (!reader_.right()) __builtin_trap();
  }
  void card(std::uint8_t event) {
    perform_card_event(reader_, event);
    if (!reader_.right()) __builtin_trap();
  }

 private:
  fakes::CheckedReader reader_{{ccid_passthru::ccid::kMinMessage}};
};

}  // namespace vscard::fuzz
