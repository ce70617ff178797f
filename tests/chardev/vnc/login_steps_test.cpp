// A client's login at a VNC server, each step of which fails in every way.

#include "chardev/vnc/login.hpp"
#include "tests/chardev/vnc/recorded.hpp"
#include "tests/chardev/vnc/text.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/steps.hpp"

#include <algorithm>
#include <optional>

namespace vscard::chardev::vnc {
namespace {

using fakes::from_hex;
using fakes::Lines;
using fakes::to_hex;
using test::kVersion38;

/// A login, what it writes, and the rules for that: nothing is announced to a server that has not
/// let it in, and with TLS asked for, no challenge is answered outside of that.
class LoginWorld {
 public:
  explicit LoginWorld(Login::Encryption encryption = Login::Encryption::None)
      : encryption_(encryption) {
    begin_again();
  }

  /// In whatever pieces it comes; what is too much waits.
  Lines server(Bytes bytes) {
    received_.insert(received_.end(), bytes.begin(), bytes.end());
    Lines lines;
    while (!error_ && login_->wants() > 0 && login_->wants() <= received_.size()) {
      if (login_->wants() > kMaxName) wrong_ = "it wants too much";
      lines.push_back(receive());
    }
    std::erase(lines, "");
    return lines;
  }
  /// The login has ended, well or not.
  bool over() const { return error_ || login_->wants() == 0; }
  bool failed() const { return error_.has_value(); }

  std::string wrong() const { return wrong_; }
  void end() { error_ = "closed"; }
  static std::string owed() { return ""; }
  void begin_again() {
    login_.emplace(password_, encryption_);
    received_.clear();
    error_.reset();
    encrypted_ = let_in_ = false;
  }

 private:
  std::string receive() {
    const fakes::ExactBytes piece(Bytes(received_).first(login_->wants()));
    received_.erase(received_.begin(),
                    received_.begin() + static_cast<std::ptrdiff_t>(login_->wants()));
    const bool challenge = login_->wants() == kChallengeSize;
    let_in_ |= login_->wants() == kResultSize && is_ok(piece);
    const auto answer = login_->receive(piece);
    if (!answer) {
      error_ = make_error_code(answer.error()).message();
      return *error_;
    }
    check_answer(*answer, challenge);
    if (!login_->needs_tls()) return to_hex(*answer);
    login_->encrypted();
    encrypted_ = true;
    return "TLS";
  }
  void check_answer(Bytes answer, bool challenge) {
    const bool announced = to_hex(answer) == test::kAnnouncement;
    const bool open = encryption_ == Login::Encryption::Tls && !encrypted_;
    if (announced && !let_in_) wrong_ = "announced without being let in";
    if (open && (announced || challenge)) wrong_ = "goes on without TLS";
    if (announced != (login_->wants() == 0) && !login_->needs_tls()) wrong_ = "an end too early";
  }

  Login::Encryption encryption_;
  protocol::SecretBytes password_ = test::secret("letmein");
  std::optional<Login> login_;
  std::vector<std::uint8_t> received_;  ///< and not looked at yet
  std::optional<std::string> error_;
  bool encrypted_ = false;
  bool let_in_ = false;
  std::string wrong_;
};

struct TlsLoginWorld : LoginWorld {
  TlsLoginWorld() : LoginWorld(Login::Encryption::Tls) {}
};

auto server(const std::string& hex) {
  return [bytes = from_hex(hex)](LoginWorld& world) { return world.server(bytes); };
}

template <class World>
std::vector<fakes::Step<World>> end_of_script() {
  return {
      {"the challenge", server(test::kChallenge), {test::kAnswer}},
      {"it lets in", server(test::kOk), {"01"}},
      {"half of ServerInit", server(test::kInit.substr(0, 20)), {}},
      {"the rest", server(test::kInit.substr(20)), {}},
      {"the name", server(test::kName), {test::kAnnouncement}},
  };
}

template <class World>
std::vector<fakes::Step<World>> script(std::vector<fakes::Step<World>> begin) {
  for (auto& step : end_of_script<World>()) begin.push_back(std::move(step));
  return begin;
}

/// More bytes than a login wants in all, one after the other.
template <class World>
fakes::Failure<World> only(const std::string& name, std::uint8_t byte) {
  return {name, [byte](World& world) {
            const bool over = world.over();
            const Lines lines = world.server(std::vector<std::uint8_t>(2 * kMaxName, byte));
            EXPECT_TRUE(world.over());
            EXPECT_EQ(over, lines.empty()) << "an end is told once";
          }};
}

template <class World>
fakes::Failure<World> sends(const std::string& name, const std::string& hex) {
  return {name, [hex](World& world) { server(hex)(world); }};
}

template <class World>
std::vector<fakes::Failure<World>> failures() {
  return {
      {"the stream ends", [](World& world) { world.end(); }},
      only<World>("zeros", 0),
      only<World>("ones", 0xff),
      only<World>("letters", 'U'),
      sends<World>("SSH", "5353482d322e302d4f70656e5353480d0a"),
      sends<World>("an HTTP server", "485454502f312e31203430302042616420526571756573740d0a"),
      sends<World>("its version, again", kVersion38),
      sends<World>("an older version", "524642203030332e3030330a"),
      sends<World>("a password is asked for", test::kPassword),
      sends<World>("no password is asked for", test::kNone),
      sends<World>("it lets in", test::kOk),
      sends<World>("it does not let in", "00000001"),
      sends<World>("a name of 4 GiB", test::kInit.substr(0, 40) + "ffffffff"),
      sends<World>("one byte", "01"),
  };
}

TEST(VncLoginSteps, FailEachInEveryWay) {
  fakes::for_each_step_failing<LoginWorld>(
      script<LoginWorld>({{"the version", server(kVersion38), {kVersion38}},
                          {"two ways to log in", server("020102"), {"02"}}}),
      failures<LoginWorld>());
}

TEST(VncLoginSteps, FailEachInEveryWayWithTls) {
  fakes::for_each_step_failing<TlsLoginWorld>(
      script<TlsLoginWorld>({{"the version", server(kVersion38), {kVersion38}},
                             {"VeNCrypt", server("0113"), {"13"}},
                             {"its version", server("0002"), {"0002"}},
                             {"that is taken", server("00"), {}},
                             {"its ways to log in", server("020000010400000105"), {"00000105"}},
                             {"TLS begins", server("01"), {"TLS"}}}),
      failures<TlsLoginWorld>());
}

}  // namespace
}  // namespace vscard::chardev::vnc
