// The user's own card: made once, and kept as it was made.

#include "cards/kinds.hpp"
#include "cards/libcacard/card.hpp"
#include "cards/libcacard/kinds.hpp"
#include "cards/own/folder.hpp"
#include "cards/own/kind.hpp"
#include "cards/piv/card.hpp"
#include "cards/piv/folder.hpp"
#include "cards/piv/kind.hpp"
#include "cards/piv/options.hpp"
#include "certs-test/soft_cards.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace vscard::cards::own {
namespace {

using certs_test::CardType;
using fakes::from_hex;
using fakes::to_hex;
using protocol::SecretBytes;
using testing::ElementsAre;
using testing::HasSubstr;

SecretBytes secret(std::string_view text) {
  return SecretBytes::copy_of(std::vector<std::uint8_t>(text.begin(), text.end()));
}

class OwnCard : public testing::Test {
 protected:
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there are no other threads
  OwnCard() { ::setenv("XDG_STATE_HOME", state_.path().c_str(), 1); }

  Result<certs_test::CardEntry> open(std::string_view pin = "") {
    return open_or_make(folder_, secret(pin), tell_);
  }
  Result<Became> become() {
    return own::become(parse_card_spec("soft").value(), {.tell = tell_, .warn = {}});
  }
  /// As an earlier version did.
  void make_cac() {
    certs_test::SoftCardOptions options;
    options.folder = folder_;
    options.subjects = {"Soft Card"};
    std::filesystem::create_directories(folder_.parent_path());
    ASSERT_TRUE(certs_test::make_soft_cards(options));
  }

  test::TempFolder state_;
  std::filesystem::path folder_ = state_.path() / "vscard/soft-card";
  std::vector<std::string> lines_;
  std::function<void(const std::string&)> tell_ = [this](const std::string& line) {
    lines_.push_back(line);
  };
};

TEST_F(OwnCard, IsMadeOnceWithTheGivenPin) {
  const auto made = open("198400");
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_EQ(lines_.back(), "the soft card is made; its PIN is the one given");
  lines_.clear();
  EXPECT_EQ(open().value(), *made);
  EXPECT_THAT(lines_, ElementsAre("using the soft card in " + folder_.string() +
                                  ", a PIV card made before (PIN 12345678 unless it was made with "
                                  "another or changed)"));
  EXPECT_EQ(std::filesystem::status(folder_.parent_path()).permissions(),
            std::filesystem::perms::owner_all);
}

TEST_F(OwnCard, IsAPivCardWithRsaAndEcKeys) {
  const auto made = open();
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_EQ(made->type, CardType::Piv);
  auto state = piv::Folder::load(folder_ / made->folder).value().value();
  using enum piv::Slot;
  EXPECT_EQ(state.keys.at(Authentication).algorithm, piv::Algorithm::Rsa2048);
  EXPECT_EQ(state.keys.at(Signature).algorithm, piv::Algorithm::EccP256);
  EXPECT_EQ(state.keys.at(KeyManagement).algorithm, piv::Algorithm::Rsa2048);
  piv::Card card(std::move(state), [](protocol::Bytes) { return true; });
  EXPECT_EQ(to_hex(card.transmit(from_hex("00200080083132333435363738")).view()), "9000");
}

TEST_F(OwnCard, HasAPinThatAPivCardTakes) {
  const auto made = open("four");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().text, HasSubstr("6 to 8 digits"));
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_F(OwnCard, BecomesAPivCardThatOthersMayUseToo) {
  const auto became = become();
  ASSERT_TRUE(became) << became.error().text;
  EXPECT_EQ(became->spec.kind, &piv::kPiv);
  const auto options = std::any_cast<piv::Options>(became->spec.details);
  EXPECT_EQ(options.folder, folder_ / "cards/soft-card/piv");
  EXPECT_EQ(options.use, piv::Use::Shared);
}

TEST_F(OwnCard, BecomesAPivCardWithoutNssOnceItIsMade) {
  EXPECT_FALSE(is_piv_card());
  EXPECT_FALSE(become_piv_card(parse_card_spec("soft").value(), {.tell = tell_, .warn = {}}));
  ASSERT_TRUE(open());
  EXPECT_TRUE(is_piv_card());
  lines_.clear();
  const auto became = become_piv_card(parse_card_spec("soft").value(), {.tell = tell_, .warn = {}});
  ASSERT_TRUE(became) << became.error().text;
  EXPECT_EQ(became->spec.kind, &piv::kPiv);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("using the soft card in ")));
}

TEST_F(OwnCard, OfAnEarlierVersionStaysACac) {
  make_cac();
  EXPECT_FALSE(is_piv_card());
  const std::string before = test::read_file(folder_ / "manifest.json");
  const auto became = become();
  ASSERT_TRUE(became) << became.error().text;
  EXPECT_EQ(became->spec.kind, &libcacard::kSoft);
  EXPECT_EQ(libcacard::card_of(became->spec),
            libcacard::Card(
                libcacard::SoftCard{folder_ / "cards/soft-card/nssdb", {"id", "sign", "enc"}}));
  EXPECT_THAT(
      lines_,
      ElementsAre(HasSubstr(", a CAC made before (PIN 12345678 unless it was made with another)")));
  EXPECT_EQ(test::read_file(folder_ / "manifest.json"), before);
}

TEST_F(OwnCard, IsNotMadeOverADamagedOne) {
  test::write_text(folder_ / "manifest.json", "{");
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text, HasSubstr("manifest.json"));
}

}  // namespace
}  // namespace vscard::cards::own
