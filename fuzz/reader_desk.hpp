#pragma once

#include "ccid-passthru/ccid/reader.hpp"
#include "fuzz/script.hpp"
#include "tests/ccid-passthru/ccid/ledger.hpp"

namespace vscard::fuzz {

/// A reader; its host sends messages, aborts and restarts. One answer per command with its bSeq,
/// never one more, or it traps.
class ReaderDesk {
 public:
  void host(std::uint8_t event, protocol::Bytes bytes) {
    switch (event % 8) {
      case 0:
        check(reader_.abort(ccid::Seq{event}));
        break;
      case 1:
        ledger_.forgiven();
        check(reader_.abandon());
        break;
      case 2:
        ledger_.forgiven();
        check((event & 8) != 0 ? reader_.restart() : reader_.reset());
        break;
      case 3:
        reader_.take_notification();
        break;
      default:
        if (bytes.size() < ccid::kHeaderSize) return;
        ledger_.sent(bytes);
        check(reader_.receive(bytes, now_));
        break;
    }
  }
  void card(std::uint8_t event) {
    if (ends_a_command(event)) ledger_.returned();
    check(perform_card_event(reader_, event, now_));
  }

 private:
  void check(const ccid::Reader::Actions& actions) {
    if (!ledger_.accepts(actions, reader_)) __builtin_trap();
  }

  ccid::Reader reader_{{ccid::kMinMessage}};
  ccid::test::Ledger ledger_;
  protocol::Time now_;
};

}  // namespace vscard::fuzz
