#pragma once

#include "ccid-passthru/ccid/reader.hpp"
#include "fuzz/script.hpp"
#include "tests/ccid-passthru/ccid/oracle.hpp"

namespace vscard::fuzz {

/// A reader; its host sends messages, aborts and restarts. One answer per command with its bSeq,
/// never one more, or it traps.
class ReaderHarness {
 public:
  void host(std::uint8_t event, protocol::Bytes bytes) {
    switch (event % 8) {
      case 0:
        check(reader_.abort(ccid_passthru::ccid::Seq{event}));
        break;
      case 1:
        oracle_.forgiven();
        check(reader_.abandon());
        break;
      case 2:
        oracle_.forgiven();
        check((event & 8) != 0 ? reader_.restart() : reader_.reset());
        break;
      case 3:
        reader_.take_notification();
        break;
      default:
        if (bytes.size() < ccid_passthru::ccid::kHeaderSize) return;
        oracle_.sent(bytes);
        check(reader_.receive(bytes, now_));
        break;
    }
  }
  void card(std::uint8_t event) {
    if (ends_a_command(event)) oracle_.returned();
    check(perform_card_event(reader_, event, now_));
  }

 private:
  void check(const ccid_passthru::ccid::Reader::Actions& actions) {
    if (!oracle_.accepts(actions, reader_)) __builtin_trap();
  }

  ccid_passthru::ccid::Reader reader_{{ccid_passthru::ccid::kMinMessage}};
  ccid_passthru::ccid::test::Oracle oracle_;
  protocol::Time now_;
};

}  // namespace vscard::fuzz
