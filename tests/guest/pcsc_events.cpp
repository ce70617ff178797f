// Usage: pcsc-events SECONDS [EVENT [COUNT]]
// Prints the readers and cards there are, then "watching", then each change, for SECONDS. Lines are
// "reader NAME", "no-reader NAME", "card NAME ATR" and "no-card NAME". With EVENT, one of these
// first words, it ends at the COUNTth such change (1), and fails when it did not come in time. With
// a COUNT of 0 one that is there at the start is enough.

#include "tests/fakes/pcsc_user.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <stdexcept>

using namespace vscard::fakes::pcsc_user;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kReadAgain(500);
constexpr DWORD kGone = SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE;

class Watch {
 public:
  explicit Watch(std::string event) : event_(std::move(event)) {}

  /// True when the event came `count` times, false at the deadline.
  bool run(unsigned long count, Clock::time_point deadline) {
    update_readers();
    if (!states_.empty()) wait(deadline);
    std::puts("watching");
    const unsigned long wanted = count == 0 ? 1 : seen_ + count;
    while (seen_ < wanted && Clock::now() < deadline) {
      wait(deadline);
      update_readers();
    }
    return seen_ >= wanted;
  }

 private:
  void print(const std::string& event, const std::string& rest) {
    std::printf("%s %s\n", event.c_str(), rest.c_str());
    if (event == event_) ++seen_;
  }

  void update_readers() {
    std::map<std::string, DWORD> now;
    for (const std::string& reader : context_->readers()) {
      const auto known = states_.find(reader);
      if (known == states_.end()) print("reader", reader);
      now[reader] = known == states_.end() ? SCARD_STATE_UNAWARE : known->second;
    }
    for (const auto& [reader, state] : states_) {
      if (!now.contains(reader)) print("no-reader", reader);
    }
    states_ = std::move(now);
  }

  /// Until a card or the list of readers changes; pcscd answers at once for a state of UNAWARE.
  void wait(Clock::time_point deadline) {
    std::vector<SCARD_READERSTATE> entries;
    entries.reserve(states_.size() + 1);
    for (const auto& [reader, state] : states_) entries.push_back(entry(reader.c_str(), state));
    // Before pcsc-lite 2.3 the upper half is the number of readers; later it counts their events.
    entries.push_back(entry(R"(\\?PnP?\Notification)", list_ != 0 ? list_ : states_.size() << 16));

    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    // A reader that comes between the list and the call is not told by pcsc-lite 1.9.9.
    const auto limit = static_cast<DWORD>(std::clamp(left, milliseconds(0), kReadAgain).count());
    const LONG status =
        SCardGetStatusChange(context_->native(), limit, entries.data(), entries.size());
    // pcsc-lite 2.5: an event fell between two messages of its library, which has lost step with
    // pcscd.
    if (status == SCARD_E_UNKNOWN_READER || status == SCARD_E_UNSUPPORTED_FEATURE) {
      context_.emplace();
      return;
    }
    if (status == SCARD_E_TIMEOUT) return;
    check(status, "SCardGetStatusChange");
    list_ = entries.back().dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
    entries.pop_back();
    for (const SCARD_READERSTATE& changed : entries) update_card(changed);
  }

  static SCARD_READERSTATE entry(const char* name, DWORD state) {
    SCARD_READERSTATE made{};
    made.szReader = name;
    made.dwCurrentState = state;
    return made;
  }

  /// The upper half of a state counts the card's events, so that a card that was pulled and
  /// inserted between two calls is told as both, each time that it was.
  void update_card(const SCARD_READERSTATE& changed) {
    DWORD& known = states_[changed.szReader];
    const DWORD before = known;
    known = changed.dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
    if ((known & kGone) != 0) return;  // no events are counted; update_readers() tells of it
    const bool present = (known & SCARD_STATE_PRESENT) != 0;
    if (before == SCARD_STATE_UNAWARE || (before & kGone) != 0) {
      print_card(changed, present);
      return;
    }
    const unsigned events = ((known >> 16) - (before >> 16)) & 0xffff;
    for (unsigned left = events; left > 0; --left) print_card(changed, present == (left % 2 == 1));
  }

  void print_card(const SCARD_READERSTATE& changed, bool present) {
    const std::string name = changed.szReader;
    if (!present) print("no-card", name);
    if (present) print("card", name + ' ' + to_hex({changed.rgbAtr, changed.cbAtr}));
  }

  std::optional<Context> context_{std::in_place};
  std::string event_;
  DWORD list_ = 0;  ///< what pcscd last said of the list of readers
  /// Reader to what pcscd last said of it.
  std::map<std::string, DWORD> states_;
  unsigned long seen_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // a script waits for lines
  try {
    if (argc < 2) throw std::runtime_error("usage: pcsc-events SECONDS [EVENT [COUNT]]");
    const auto deadline = Clock::now() + std::chrono::seconds(std::stoul(argv[1]));
    const std::string event = argc > 2 ? argv[2] : "";
    const unsigned long count = argc > 3 ? std::stoul(argv[3]) : 1;
    if (!Watch(event).run(count, deadline) && !event.empty()) {
      throw std::runtime_error("no '" + event + "' in time");
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pcsc-events: %s\n", error.what());
    return 1;
  }
  return 0;
}
