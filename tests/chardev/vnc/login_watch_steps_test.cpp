// What is between a VNC client and a server that it logs in at: each step of that fails in every
// way that the two have.

#include "chardev/vnc/login_watch.hpp"
#include "tests/chardev/vnc/recorded.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/steps.hpp"

#include <array>
#include <optional>

namespace vscard::chardev::vnc {
namespace {

using fakes::from_hex;
using fakes::Lines;
using fakes::to_hex;
using Side = LoginWatch::Side;

/// Both sides, who may speak when they like, and the watch, which passes on what is due. Nobody is
/// found to have announced without the server's OK before it, and once it is known who a client
/// is, nothing changes that.
class WatchWorld {
 public:
  Lines say(Side from, Bytes bytes) {
    auto& said = said_.at(static_cast<std::size_t>(from));
    said.insert(said.end(), bytes.begin(), bytes.end());
    const bool known = !watch_.next();
    while (pass_one()) {
    }
    if (known || watch_.next()) return {};
    return {watch_.announced() ? "announced" : "viewer"};
  }
  bool known() const { return !watch_.next(); }

  std::string wrong() const {
    if (watch_.announced() && !(let_in_ && announcement_)) return "a stranger has the channel";
    return wrong_;
  }
  static void end() {}
  static std::string owed() { return ""; }
  void begin_again() { *this = {}; }

 private:
  bool pass_one() {
    const auto piece = watch_.next();
    if (!piece) return false;
    if (piece->size == 0 || piece->size > kMaxName) wrong_ = "a piece of a size that cannot be";
    auto& said = said_.at(static_cast<std::size_t>(piece->from));
    if (said.size() < piece->size) return false;
    const fakes::ExactBytes bytes(Bytes(said).first(piece->size));
    note(piece->from, bytes);
    watch_.passed(bytes);
    said.erase(said.begin(), said.begin() + static_cast<std::ptrdiff_t>(piece->size));
    return true;
  }
  void note(Side from, Bytes bytes) {
    let_in_ |= from == Side::Server && to_hex(bytes) == test::kOk;
    announcement_ |= from == Side::Client && announces(bytes);
  }

  LoginWatch watch_;
  std::array<std::vector<std::uint8_t>, 2> said_;  ///< and not passed on yet
  bool let_in_ = false;
  bool announcement_ = false;
  std::string wrong_;
};

using Step = fakes::Step<WatchWorld>;
using Failure = fakes::Failure<WatchWorld>;

auto say(Side from, const std::string& hex) {
  return [from, bytes = from_hex(hex)](WatchWorld& world) { return world.say(from, bytes); };
}

std::vector<Step> script() {
  constexpr Side kServer = Side::Server;
  constexpr Side kClient = Side::Client;
  return {
      {"the server's version", say(kServer, test::kVersion38), {}},
      {"the client's", say(kClient, test::kVersion38), {}},
      {"ways to log in", say(kServer, "020102"), {}},
      {"the choice", say(kClient, "02"), {}},
      {"half of the challenge", say(kServer, test::kChallenge.substr(0, 16)), {}},
      {"the rest", say(kServer, test::kChallenge.substr(16)), {}},
      {"the answer", say(kClient, test::kAnswer), {}},
      {"the server lets in", say(kServer, test::kOk), {}},
      {"ClientInit", say(kClient, "01"), {}},
      {"ServerInit", say(kServer, test::kInit + test::kName), {}},
      {"a pixel format", say(kClient, "000000002018000100ff00ff00ff100800000000"), {}},
      {"the announcement", say(kClient, test::kAnnouncement), {"announced"}},
  };
}

/// So much that every piece is there: it has to be known then who the client is.
auto fill(std::uint8_t of_server, std::uint8_t of_client) {
  return [=](WatchWorld& world) {
    const bool known = world.known();
    Lines lines = world.say(Side::Server, std::vector(20'000, of_server));
    for (const auto& line : world.say(Side::Client, std::vector(20'000, of_client))) {
      lines.push_back(line);
    }
    EXPECT_EQ(lines, known ? Lines{} : Lines{"viewer"});
  };
}

Failure says(const std::string& name, Side from, const std::string& hex) {
  return {name, [from, hex](WatchWorld& world) { say(from, hex)(world); }};
}

TEST(VncLoginWatchSteps, FailEachInEveryWay) {
  const std::vector<Failure> failures{
      {"both go", [](WatchWorld& /*world*/) {}},
      {"zeros from the server, ones from the client", fill(0, 0xff)},
      {"ones from both", fill(0xff, 0xff)},
      says("an older version of the server's", Side::Server, "524642203030332e3030330a"),
      says("an older version of the client's", Side::Client, "524642203030332e3030330a"),
      says("the server refuses", Side::Server, "00000001"),
      says("the server lets in", Side::Server, test::kOk),
      says("the client plays the server", Side::Client, test::kOk),
      says("the client announces", Side::Client, test::kAnnouncement),
      says("the client announces more", Side::Client, "020000020000000176736364"),
      says("the client has what viewers have", Side::Client, "0200000100000005"),
      says("the server announces", Side::Server, test::kAnnouncement),
      says("the client chooses another way", Side::Client, "13"),
      says("a name of 4 GiB", Side::Server, test::kInit.substr(0, 40) + "ffffffff"),
      says("one byte of the server's", Side::Server, "01"),
      says("one byte of the client's", Side::Client, "01"),
  };
  fakes::for_each_step_failing(script(), failures);
}

}  // namespace
}  // namespace vscard::chardev::vnc
