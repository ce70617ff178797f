#include "tests/fakes/direct_link_user.hpp"

#include <optional>

using namespace vscard;
using namespace vscard::pcsc_bridge::serve;

namespace {

/// What passes through a link, checked: a command has one answer, the card one command at a time,
/// and programs see insertions and removals by turns.
class Checked : public fakes::DirectLinkUser {
 public:
  /// A program sends a command, and the card answers it, when it is its turn.
  void send() {
    if (std::exchange(owed_, true)) return;
    transmit("00");
    check();
  }
  void abort() {
    link().abort();
    owed_ = false;
  }
  void answer() {
    if (!std::exchange(at_card_, false)) return;
    respond("9000");
    check();
  }
  void check() {
    for (const std::string& line : take()) {
      if (line.starts_with("card: 00")) {
        if (std::exchange(at_card_, true)) __builtin_trap();
      } else if (line.starts_with("inserted")) {
        in_ = true;
      } else if (line == "removed") {
        if (!std::exchange(in_, false)) __builtin_trap();
      } else if (!line.starts_with("card: ")) {
        if (!std::exchange(owed_, false)) __builtin_trap();
      }
    }
  }
  /// All is said and done: nothing is left.
  void finish() {
    look();
    check();
    while (at_card_) answer();
    if (owed_ || !settled()) __builtin_trap();
  }

 private:
  bool in_ = false;       ///< as programs see it
  bool owed_ = false;     ///< to a program
  bool at_card_ = false;  ///< a command
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Checked link;
  link.plug();
  for (const std::uint8_t step : protocol::Bytes(data, size)) {
    switch (step % 10) {
      case 0:
        link.insert("3b00");
        break;
      case 1:
        link.remove();
        break;
      case 2:
        link.send();
        break;
      case 3:
        link.answer();
        break;
      case 4:
        link.abort();
        break;
      case 5:
        link.keep_busy();
        break;
      case 6:
        link.look();
        break;
      case 7:
        link.pass(fakes::DirectLinkUser::kApduTimeout);
        break;
      case 8:
        link.reset("3b020102");
        break;
      default:
        link.link().power(protocol::vsc::PowerAction::ColdReset);
        break;
    }
    link.check();
  }
  link.finish();
  return 0;
}
