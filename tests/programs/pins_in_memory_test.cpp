// After VERIFY no program has the PIN any more: the whole way from the guest to the card.

#include "certs-test/soft_cards.hpp"
#include "protocol/bytes.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pcsc_user.hpp"
#include "tests/fakes/socket_guest.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/sanitized.hpp"
#include "tests/peer/temp_folder.hpp"
#include "tests/programs/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::programs {
namespace {

using ccid_passthru::ccid::CommandType;
using testing::EndsWith;
using testing::IsEmpty;
using testing::StartsWith;
using Words = std::vector<std::string>;

constexpr std::string_view kUnix = "unix";
constexpr std::string_view kTls = "tls";
constexpr std::string_view kWs = "ws";
const std::string kPin = "Zq7#vK2p";
/// What is freed loses its first bytes to malloc(), so that a part counts; fewer bytes in a row may
/// be there by chance.
constexpr std::size_t kPart = 5;
/// So that what is freed goes to all places that malloc() has for it.
constexpr std::uint8_t kWrongPins = 10;

protocol::Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Parts of the PIN that stay. A message is kept until the other end has told that it has come,
/// which it does within 200 ms.
std::vector<std::string> left_in_memory(pid_t pid) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  auto left = *parts_in_memory(pid, kPin, kPart);
  while (!left.empty() && std::chrono::steady_clock::now() < until) {
    left = *parts_in_memory(pid, kPin, kPart);
  }
  return left;
}

/// The parameter is the transport of VSC.
class PinsInMemory : public testing::TestWithParam<std::string_view> {
 protected:
  PinsInMemory() : card_made_(prepare()), passthru_(passthru()), vscclient_(vscclient()) {
    passthru_.wait_for("card inserted");
  }

  std::string path(const std::string& name) const { return folder_.path() / name; }
  std::vector<std::pair<const char*, pid_t>> programs() const {
    return {{"ccid-passthru", passthru_.pid()}, {"vscclient", vscclient_.pid()}};
  }

  /// The card's answer.
  std::string transmit(const std::string& command) {
    return guest().command(fakes::command(CommandType::XfrBlock, ++seq_, command));
  }
  std::string verify(const std::string& pin) {
    return transmit("0020000008" + fakes::to_hex(bytes_of(pin)));
  }

 private:
  bool prepare() const {
    test::write_text(path("keys"), "me:" + std::string(64, 'a') + "\n");
    std::filesystem::permissions(path("keys"), std::filesystem::perms::owner_read);
    certs_test::SoftCardOptions options;
    options.folder = path("made");
    options.subjects = {"Alice"};
    options.pin = protocol::SecretBytes::copy_of(bytes_of(kPin));
    return certs_test::make_soft_cards(options).has_value();
  }
  Words passthru() const {
    return {CCID_PASSTHRU_PROGRAM,
            "--control",
            "none",
            "--vsc",
            "listen:" + address() + keys(),
            "--usbredir",
            "listen:unix:" + path("usbredir")};
  }
  std::string address() const {
    if (GetParam() == kUnix) return "unix:" + path("vsc");
    return std::string(GetParam()) + "://127.0.0.1:0";
  }
  std::string keys() const { return GetParam() == kTls ? ",psk=" + path("keys") : ""; }
  /// With the port that was the system's choice.
  std::string listening() {
    const std::string line = passthru_.wait_for("listening on " + std::string(GetParam()));
    return line.substr(line.rfind(' ') + 1);
  }
  Words vscclient() {
    return {VSCCLIENT_PROGRAM,
            "--control",
            "none",
            "--vsc",
            "connect:" + listening() + keys(),
            "--card",
            "soft:db=" + path("made/cards/alice/nssdb")};
  }
  fakes::SocketGuest& guest() {
    if (!guest_) guest_.emplace(path("usbredir")).power_on();
    return *guest_;
  }

  test::TempFolder folder_;
  bool card_made_;
  test::Child passthru_;
  test::Child vscclient_;
  std::optional<fakes::SocketGuest> guest_;
  std::uint8_t seq_ = 0;
};

TEST_P(PinsInMemory, AreGoneAfterVerify) {
  if (test::kIsSanitized) GTEST_SKIP() << "a sanitizer keeps freed memory";
  if (!parts_in_memory(programs().front().second, kPin, kPart)) {
    GTEST_SKIP() << "this user may not read /proc/PID/mem of a program that holds PINs; root may";
  }
  EXPECT_THAT(transmit("00a4040007a0000000790100"), EndsWith("610d")) << "SELECT";
  for (std::uint8_t i = 0; i < kWrongPins; ++i) {
    EXPECT_THAT(verify(kPin.substr(0, 7) + std::to_string(i)), EndsWith("63cf"));
  }
  EXPECT_THAT(verify(kPin), EndsWith("9000"));
  for (const auto& [name, pid] : programs()) {
    SCOPED_TRACE(name);
    const std::string known = path("");
    EXPECT_FALSE(parts_in_memory(pid, known, known.size())->empty()) << "it finds what is there";
    EXPECT_THAT(left_in_memory(pid), IsEmpty());
  }
}

/// A PC/SC service, which this process uses as programs do: with a card of its own, and with one of
/// vscclient.
class PinsInService : public testing::Test {
 protected:
  PinsInService() : serve_(serve()), vscclient_(vscclient()) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread
    ::setenv("PCSCLITE_CSOCK_NAME", path("pcscd.comm").c_str(), 1);
    serve_.wait_for("far: card inserted");
  }

  std::string path(const std::string& name) const { return folder_.path() / name; }
  pid_t pid() const { return serve_.pid(); }

 private:
  Words serve() const {
    certs_test::SoftCardOptions options;
    options.folder = path("made");
    options.subjects = {"Alice"};
    options.pin = protocol::SecretBytes::copy_of(bytes_of(kPin));
    EXPECT_TRUE(certs_test::make_soft_cards(options));
    return {PCSC_BRIDGE_PROGRAM,
            "serve",
            "--socket",
            path("pcscd.comm"),
            "--control",
            "unix:" + path("control"),
            "--card",
            "piv:dir=" + path("piv") + ",name=near",
            "--reader",
            "listen:unix:" + path("far") + ",name=far"};
  }
  Words vscclient() {
    serve_.wait_for("listening on unix:" + path("far"));
    return {VSCCLIENT_PROGRAM,
            "--control",
            "none",
            "--vsc",
            "connect:unix:" + path("far"),
            "--card",
            "soft:db=" + path("made/cards/alice/nssdb")};
  }

  test::TempFolder folder_;
  test::Child serve_;
  test::Child vscclient_;
};

TEST_F(PinsInService, AreGoneAfterVerify) {
  if (test::kIsSanitized) GTEST_SKIP() << "a sanitizer keeps freed memory";
  if (!parts_in_memory(pid(), kPin, kPart)) {
    GTEST_SKIP() << "this user may not read /proc/PID/mem of a program that holds PINs; root may";
  }
  const fakes::pcsc_user::Context context;
  fakes::pcsc_user::Card far(context, "far");
  fakes::pcsc_user::Card near(context, "near");
  const auto transmit = [](auto& card, const std::string& command) {
    return fakes::pcsc_user::to_hex(card.transmit(fakes::pcsc_user::from_hex(command)));
  };
  const std::string pin = fakes::to_hex(bytes_of(kPin));
  EXPECT_EQ(transmit(far, "00a4040007a0000000790100"), "610d") << "SELECT";
  EXPECT_EQ(transmit(far, "0020000008" + pin), "9000");
  EXPECT_THAT(transmit(near, "00a4040005a000000308"), EndsWith("9000")) << "SELECT";
  for (const char* verify : {"0020008008", "0020008008"}) {
    EXPECT_THAT(transmit(near, verify + pin), StartsWith("63c")) << "it is not this one's";
  }
  EXPECT_FALSE(parts_in_memory(pid(), path(""), path("").size())->empty())
      << "it finds what is there";
  EXPECT_THAT(left_in_memory(pid()), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Over, PinsInMemory, testing::Values(kUnix, kTls, kWs),
                         [](const auto& carrier) { return std::string(carrier.param); });

}  // namespace
}  // namespace vscard::programs
