#include "cards/piv/folder.hpp"

#include "cards/piv/kind.hpp"
#include "cards/piv/options.hpp"
#include "tests/cards/piv/card_user.hpp"
#include "tests/chardev/run_to_end.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <sys/stat.h>

namespace vscard::cards::piv {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

/// What opening a card says to its user.
struct Opening {
  std::string failure;
  std::vector<std::string> told;
  std::unique_ptr<CardSet> cards;
};

Opening open_card(asio::io_context& io, const fs::path& folder, std::string_view pin = "",
                  Use use = Use::Alone) {
  Opening opening;
  CardSpec spec{.kind = &kPiv, .name = {}, .details = Options{.folder = folder, .use = use}};
  OpenOptions options{.tell = [&](const std::string& line) { opening.told.push_back(line); },
                      .warn = {}};
  options.new_pin = SecretBytes::with_capacity(pin.size());
  for (const char c : pin) options.new_pin.push_back(static_cast<std::uint8_t>(c));
  auto opened = open(io.get_executor(), std::span(&spec, 1), options);
  if (opened) opening.cards = std::move(*opened);
  if (!opened) opening.failure = opened.error().text;
  return opening;
}

Opening open_shared(asio::io_context& io, const fs::path& folder) {
  return open_card(io, folder, "", Use::Shared);
}

std::string transmit(asio::io_context& io, const CardSet& cards, std::string_view command) {
  const auto response = test::run_to_end(io, cards.readers().front()->transmit(SecretBytes::copy_of(
                                                 fakes::from_hex(std::string(command)))));
  return response ? fakes::to_hex(response->view()) : "no answer";
}

class PivFolder : public testing::Test {
 protected:
  const fs::path& path() const { return temporary_.path(); }
  void write(const std::string& text) { std::ofstream(path() / "card") << text; }

  test::TempFolder temporary_;
  asio::io_context io_;
};

TEST_F(PivFolder, HasWhatWasStored) {
  const State state = quick_card();
  {
    const auto folder = Folder::open(path() / "a" / "b");
    ASSERT_TRUE(folder);
    EXPECT_FALSE(folder->load().value());
    EXPECT_TRUE(folder->store(encode(state).view()));
  }
  const auto folder = Folder::open(path() / "a" / "b");
  EXPECT_EQ(folder->load().value(), state);
  struct stat found{};
  ASSERT_EQ(::stat((path() / "a" / "b" / "card").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600U);
  ASSERT_EQ(::stat((path() / "a" / "b").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0700U);
}

TEST_F(PivFolder, ThatIsSharedGivesACopyToWhoeverComesSecond) {
  const Folder first = Folder::open(path()).value();
  EXPECT_FALSE(Folder::open_if_free(path()).value());
  EXPECT_THAT(open_shared(io_, path()).failure, HasSubstr("another program is making the card"));
  const State state = quick_card();
  ASSERT_TRUE(first.store(encode(state).view()));
  const auto second = open_shared(io_, path());
  ASSERT_EQ(second.failure, "");
  EXPECT_THAT(second.told,
              ElementsAre(HasSubstr("this is a copy of it: what changes on it is lost"),
                          HasSubstr("no certificate")));
  EXPECT_EQ(transmit(io_, *second.cards, "0020008008393939393939ffff"), "63c2");
  EXPECT_EQ(first.load().value(), state);
}

TEST_F(PivFolder, ThatIsSharedIsKeptByWhoeverComesFirst) {
  const State state = quick_card();
  ASSERT_TRUE(Folder::open(path())->store(encode(state).view()));
  const auto first = open_shared(io_, path());
  EXPECT_THAT(first.told, ElementsAre(HasSubstr("no certificate")));
  EXPECT_EQ(transmit(io_, *first.cards, "0020008008393939393939ffff"), "63c2");
  EXPECT_EQ(Folder::load(path())->value().pin.tries, state.pin.tries - 1);
}

TEST_F(PivFolder, RefusesAFileInWhichAnyBitChanged) {
  const auto folder = Folder::open(path());
  ASSERT_TRUE(folder->store(encode(quick_card()).view()));
  std::stringstream whole;
  whole << std::ifstream(path() / "card").rdbuf();
  const std::string stored = whole.str();
  for (std::size_t at = 0; at < stored.size(); ++at) {
    std::string changed = stored;
    changed[at] ^= 1;
    write(changed);
    EXPECT_FALSE(folder->load()) << at;
  }
  write(stored);
  EXPECT_TRUE(folder->load());
}

TEST_F(PivFolder, SaysThatOthersCanReadTheCard) {
  const auto folder = Folder::open(path()).value();
  ASSERT_TRUE(folder.store(encode(quick_card()).view()));
  EXPECT_EQ(folder.exposure(), std::nullopt);
  ::chmod((path() / "card").c_str(), 0644);
  EXPECT_THAT(folder.exposure().value_or(""), HasSubstr("chmod 600 " + path().string()));
  ASSERT_TRUE(folder.store(encode(quick_card()).view()));
  EXPECT_EQ(folder.exposure(), std::nullopt);
}

TEST_F(PivFolder, DoesNotWaitForWhatIsNoFile) {
  ASSERT_EQ(::mkfifo((path() / "card").c_str(), 0600), 0);
  EXPECT_THAT(open_card(io_, path()).failure, HasSubstr("is not the file of a PIV card"));
}

TEST_F(PivFolder, IsOneProgramsAtATime) {
  const Opening first = open_card(io_, path());
  EXPECT_THAT(first.told, ElementsAre(HasSubstr("its PIN is 123456, its PUK 12345678"),
                                      HasSubstr("no certificate")));
  EXPECT_THAT(open_card(io_, path()).failure,
              HasSubstr("is in use, by another program or another --card; give each"));
}

TEST_F(PivFolder, KeepsTheCardAndItsPin) {
  EXPECT_THAT(open_card(io_, path(), "1234").failure, HasSubstr("6 to 8 digits"));
  EXPECT_THAT(temporary_.names(), ElementsAre());
  EXPECT_THAT(open_card(io_, path(), "87654321").told.front(),
              HasSubstr("its PIN is the one given"));
  EXPECT_THAT(open_card(io_, path(), "111111").told.front(), HasSubstr("using the PIV card in"));
  EXPECT_THAT(temporary_.names(), ElementsAre("card"));
  CardUser user(Folder::open(path())->load().value()->clone());
  EXPECT_EQ(user.verify("123456"), "63c2");
  EXPECT_EQ(user.verify("87654321"), "9000");
}

TEST_F(PivFolder, SaysWhatIsWrongWithTheFile) {
  write("something else");
  EXPECT_THAT(open_card(io_, path()).failure, HasSubstr("is not the file of a PIV card"));
  fs::resize_file(path() / "card", kMaxState + 1);
  EXPECT_THAT(open_card(io_, path()).failure, HasSubstr("is not the file of a PIV card"));
  fs::remove(path() / "card");
  fs::create_directory(path() / "card");
  EXPECT_THAT(open_card(io_, path()).failure, HasSubstr("is not the file of a PIV card"));
  fs::remove(path() / "card");
  fs::create_symlink("/etc/passwd", path() / "card");
  EXPECT_THAT(open_card(io_, path()).failure, HasSubstr("cannot open"));
  EXPECT_THAT(open_card(io_, "/proc/none").failure, HasSubstr("cannot make the folder"));
}

TEST_F(PivFolder, KeepsTheOldCardWhenTheNewOneCannotBeWritten) {
  const State state = quick_card();
  const auto folder = Folder::open(path());
  EXPECT_TRUE(folder->store(encode(state).view()));
  fs::create_directory(path() / "card.new");
  EXPECT_THAT(folder->store(encode(quick_card()).view()).error().text, HasSubstr("cannot open"));
  EXPECT_EQ(folder->load().value(), state);
}

}  // namespace
}  // namespace vscard::cards::piv
