#include "ccid-passthru/ccid/reader.hpp"
#include "tests/ccid-passthru/ccid/ledger.hpp"

#include <algorithm>
#include <array>
#include <vector>

using namespace vscard;

namespace {

const std::array kCards{
    protocol::Atr::parse(std::array<std::uint8_t, 2>{0x3b, 0x00}).value(),
    protocol::Atr::parse(std::array<std::uint8_t, 4>{0x3b, 0x80, 0x01, 0x81}).value()};

class Desk {
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
    switch (event % 8) {
      case 0:
      case 1:
        check(reader_.insert_card(kCards.at(event % 2), now_));
        break;
      case 2:
        check(reader_.remove_card(now_));
        break;
      case 3:
        ledger_.returned();
        check(reader_.fail(protocol::Errc{event / 8}));
        break;
      case 4:
      case 5:
        ledger_.returned();
        check(reader_.respond(protocol::SecretBytes::zeros(event * std::size_t{4})));
        break;
      default:
        now_ += std::chrono::milliseconds(event);
        check(reader_.expire(now_));
        break;
    }
  }

 private:
  void check(const ccid::Reader::Actions& actions) {
    if (!ledger_.accepts(actions, reader_)) __builtin_trap();
  }

  ccid::Reader reader_{{ccid::kMinMessage}};
  ccid::test::Ledger ledger_;
  protocol::Time now_;
};

}  // namespace

// A hostile host, whose messages, control requests and restarts are mixed with what the card does
// and with time. A record is host event | card event | length | message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  protocol::ByteReader in({data, size});
  Desk desk;
  while (in.remaining() > 0) {
    const std::uint8_t host = in.u8();
    const std::uint8_t card = in.u8();
    desk.host(host, in.bytes(std::min<std::size_t>(in.u8(), in.remaining())));
    desk.card(card);
  }
  return 0;
}
