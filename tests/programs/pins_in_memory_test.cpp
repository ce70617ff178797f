// After VERIFY no program has the PIN any more: the whole way from the guest to the card.

#include "certs-test/soft_cards.hpp"
#include "protocol/bytes.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/socket_guest.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/sanitized.hpp"
#include "tests/peer/temp_folder.hpp"
#include "tests/programs/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::programs {
namespace {

using ccid_passthru::ccid::CommandType;
using testing::EndsWith;
using testing::IsEmpty;
using Words = std::vector<std::string>;

const std::string kPin = "Zq7#vK2p";
/// What is freed loses its first bytes to malloc(), so that a part counts; fewer bytes in a row may
/// be there by chance.
constexpr std::size_t kPart = 5;
/// So that what is freed goes to all places that malloc() has for it.
constexpr std::uint8_t kWrongPins = 10;

protocol::Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class PinsInMemory : public testing::Test {
 protected:
  PinsInMemory() : card_made_(make_card()), passthru_(passthru()), vscclient_(vscclient()) {
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
  bool make_card() const {
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
            "listen:unix:" + path("vsc"),
            "--usbredir",
            "listen:unix:" + path("usbredir")};
  }
  Words vscclient() const {
    return {VSCCLIENT_PROGRAM,
            "--control",
            "none",
            "--vsc",
            "connect:unix:" + path("vsc"),
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

TEST_F(PinsInMemory, AreGoneAfterVerify) {
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
    const std::string known = path("vsc");
    EXPECT_FALSE(parts_in_memory(pid, known, known.size())->empty()) << "it finds what is there";
    EXPECT_THAT(*parts_in_memory(pid, kPin, kPart), IsEmpty());
  }
}

}  // namespace
}  // namespace vscard::programs
