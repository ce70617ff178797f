// Files of a user as a card of the CAC kind. libcacard starts once a process, as ctest starts these
// tests.

#include "cards/cards.hpp"
#include "cards/kinds.hpp"
#include "cards/libcacard/memory_folder.hpp"
#include "certs-test/soft_cards.hpp"
#include "tests/chardev/run_to_end.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nss.h>

namespace vscard::cards::files {
namespace {

using fakes::from_hex;
using fakes::to_hex;
using protocol::SecretBytes;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kData = VSCARD_TEST_DATA "/key_files/";

SecretBytes secret(std::string_view text) {
  return SecretBytes::copy_of(std::vector<std::uint8_t>(text.begin(), text.end()));
}

class FilesAsCac : public testing::Test {
 protected:
  /// "" or the line for the user.
  std::string open(const std::vector<std::string>& cards, std::string_view pin = "") {
    std::vector<CardSpec> specs;
    for (const std::string& card : cards) {
      specs.push_back(parse_card_spec(card).value());
      specs.back().name = "card" + std::to_string(specs.size());
    }
    OpenOptions options{.tell = [this](const std::string& line) { lines_.push_back(line); },
                        .warn = [this](const std::string& line) { warnings_.push_back(line); },
                        .new_pin = secret(pin)};
    auto opened = cards::open(io_.get_executor(), specs, options);
    if (!opened) return opened.error().text;
    cards_.emplace(std::move(*opened));
    return "";
  }

  /// Of a card's first key; the PIN is that of test cards.
  std::string sign(std::size_t card) {
    transmit(card, "00a4040007a0000000790100");
    if (transmit(card, "00200000083132333435363738") != "9000") return "wrong PIN";
    std::string block = "0001";  // and so many FF: what a signature is made of
    block.append(508, 'f');
    transmit(card, "8042800080" + block.substr(0, 256));
    return transmit(card, "8042000080" + block.substr(256) + "00");
  }

  std::string transmit(std::size_t card, const std::string& hex) {
    const auto response = test::run_to_end(
        io_, cards_->readers().at(card)->transmit(SecretBytes::copy_of(from_hex(hex))));
    return response ? to_hex(response->view()) : "no answer";
  }

  /// The files of databases in memory that this process has open: "cert9.db (deleted)".
  static std::vector<std::string> open_files() {
    std::vector<std::string> names;
    for (const auto& it : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code closed;
      const auto file = std::filesystem::read_symlink(it.path(), closed);
      if (file.string().starts_with(libcacard::MemoryFolder::kPlace)) {
        names.push_back(file.filename().string());
      }
    }
    return names;
  }

  asio::io_context io_{1};
  std::vector<std::string> lines_;
  std::vector<std::string> warnings_;
  std::optional<Cards> cards_;
};

TEST_F(FilesAsCac, SignAfterTheirDatabaseIsGone) {
  const std::string alice = "soft:pem=" + kData + "alice.pem,key=" + kData + "alice.key,as=cac";
  ASSERT_EQ(open({alice}), "");
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("card1: identity: Alice, RSA 2048, valid until")));
  const std::string signature = sign(0);
  EXPECT_THAT(signature, testing::AnyOf(testing::StartsWith("61"), testing::EndsWith("9000")));
}

TEST_F(FilesAsCac, LeaveNoFileInMemory) {
  ASSERT_EQ(open({"soft:pem=" + kData + "alice.pem,key=" + kData + "alice.key,as=cac"}), "");
  EXPECT_THAT(open_files(),
              testing::UnorderedElementsAre("cert9.db (deleted)", "key4.db (deleted)"));
}

TEST_F(FilesAsCac, AreBesideOtherCards) {
  certs_test::SoftCardOptions options;
  const test::TempFolder folder;
  options.folder = folder.path() / "made";
  ASSERT_TRUE(certs_test::make_soft_cards(options));
  ASSERT_EQ(open({"soft:pem=" + kData + "bob.pem,key=" + kData + "bob.key",
                  "soft:db=" + (options.folder / "cards/test-user/nssdb").string(),
                  "soft:pem=" + kData + "alice.pem,key=" + kData + "alice.key,as=cac"}),
            "");
  EXPECT_NE(sign(1), "wrong PIN");
  EXPECT_NE(sign(2), "wrong PIN");
}

TEST_F(FilesAsCac, SayWhatACacCannotShow) {
  EXPECT_EQ(open({"soft:pem=" + kData + "bob.pem,key=" + kData + "bob.key,as=cac"}),
            "the card 'card1' has no key with a certificate that a CAC can show");
  EXPECT_THAT(warnings_, Contains(HasSubstr("(P-256) is left out: programs use only RSA keys")));
}

TEST_F(FilesAsCac, TakeThePinOfACac) {
  const std::string alice = "soft:pem=" + kData + "alice.pem,key=" + kData + "alice.key,as=cac";
  EXPECT_THAT(open({alice}, "abc"), HasSubstr("4 to 8 letters"));
  ASSERT_EQ(open({alice}, "abcd"), "");
  EXPECT_EQ(sign(0), "wrong PIN") << "it is that which was given";
}

TEST_F(FilesAsCac, CannotBeMadeWhereNssIsInUse) {
  NSSInitContext* busy = NSS_InitContext("", "", "", "", nullptr,
                                         NSS_INIT_NOCERTDB | NSS_INIT_NOMODDB | NSS_INIT_FORCEOPEN);
  EXPECT_EQ(open({"soft:pem=" + kData + "alice.pem,key=" + kData + "alice.key,as=cac"}),
            "cannot make an NSS database while NSS is in use in the same process");
  NSS_ShutdownContext(busy);
}

}  // namespace
}  // namespace vscard::cards::files
