#include "cards/cards.hpp"

#include "tests/fakes/card_user.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::cards {
namespace {

using testing::ElementsAre;

class NamedReader final : public Reader {
 public:
  explicit NamedReader(std::string name) : name_(std::move(name)) {}

  ReaderInfo info() const override { return {.name = name_}; }
  void watch(std::function<void(const CardEvent&)> /*on_event*/) override {}
  Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes /*command*/) override {
    co_return std::unexpected(CardError::NoCard);
  }
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset(
      PowerAction /*action*/) override {
    co_return std::unexpected(CardError::NoCard);
  }

 private:
  std::string name_;
};

/// Those that are left to the end of the process stay reachable, for LeakSanitizer, which looks
/// when static objects are gone.
std::vector<const CardSet*>& made = *new std::vector<const CardSet*>;

/// What was done with the sets, in order: "open a b", "stop a", "gone a".
std::vector<std::string> deeds;

class NamedSet final : public CardSet {
 public:
  explicit NamedSet(std::span<const CardSpec> specs) {
    for (const CardSpec& spec : specs) {
      owned_.push_back(std::make_unique<NamedReader>(spec.name));
      readers_.push_back(owned_.back().get());
    }
    made.push_back(this);
  }
  ~NamedSet() override { deeds.push_back("gone " + name()); }

  const std::vector<Reader*>& readers() const override { return readers_; }
  bool stop() override {
    deeds.push_back("stop " + name());
    return name() != "endless";
  }

 private:
  std::string name() const { return readers_.front()->info().name; }

  std::vector<std::unique_ptr<NamedReader>> owned_;
  std::vector<Reader*> readers_;
};

Result<std::unique_ptr<CardSet>> open_set(std::span<const CardSpec> specs) {
  std::string deed = "open";
  for (const CardSpec& spec : specs) {
    if (spec.name == "broken") return std::unexpected(Failure{"a broken card"});
    deed += " " + spec.name;
  }
  deeds.push_back(deed);
  return std::make_unique<NamedSet>(specs);
}
Result<std::unique_ptr<CardSet>> open_even(const asio::any_io_executor& /*executor*/,
                                           std::span<const CardSpec> specs,
                                           const OpenOptions& /*options*/) {
  return open_set(specs);
}
Result<std::unique_ptr<CardSet>> open_odd(const asio::any_io_executor& /*executor*/,
                                          std::span<const CardSpec> specs,
                                          const OpenOptions& /*options*/) {
  return open_set(specs);
}

constexpr Kind kZero{.name = "zero"};
constexpr Kind kOne{.name = "one"};
constexpr Kind kTwo{.name = "two"};
constexpr Kind kNowhere{.name = "nowhere"};
constexpr Kind kLikeOne{.name = "like one"};

/// Is told when nobody needs it any more.
struct Needed {
  ~Needed() { deeds.emplace_back("not needed"); }
};

/// A card of kOne, unless its name is "never".
Result<Became> become_one(const CardSpec& spec, const OpenOptions& /*options*/) {
  if (spec.name == "never") return std::unexpected(Failure{"it cannot become one"});
  deeds.push_back("become " + spec.name);
  return Became{.spec = {.kind = &kOne, .name = spec.name, .details = {}},
                .until_open = std::make_shared<Needed>()};
}

constexpr std::array kHere{KindEntry{&kZero, open_even}, KindEntry{&kOne, open_odd},
                           KindEntry{&kTwo, open_even}, KindEntry{&kLikeOne, nullptr, become_one}};

class CardsOfSeveralKinds : public testing::Test {
 protected:
  CardsOfSeveralKinds() { deeds.clear(); }

  /// With a name for each kind.
  Result<Cards> open(std::initializer_list<std::pair<const Kind*, const char*>> cards) {
    std::vector<CardSpec> specs;
    for (const auto& [kind, name] : cards) {
      specs.push_back({.kind = kind, .name = name, .details = {}});
    }
    return cards::open(io_.get_executor(), specs, {.tell = {}, .warn = {}}, kHere);
  }

  asio::io_context io_;
};

TEST_F(CardsOfSeveralKinds, AreOpenedTogetherWhereTheirKindsAreAndKeepTheirOrder) {
  const auto cards = open({{&kTwo, "a"}, {&kOne, "b"}, {&kZero, "c"}, {&kOne, "d"}});
  ASSERT_TRUE(cards);
  EXPECT_THAT(deeds, ElementsAre("open a c", "open b d"));
  std::vector<std::string> names;
  for (const Reader* reader : cards->readers()) names.push_back(reader->info().name);
  EXPECT_THAT(names, ElementsAre("a", "b", "c", "d"));
}

TEST_F(CardsOfSeveralKinds, BecomeWhatTheyAreBeforeAnyIsOpened) {
  const auto cards = open({{&kZero, "a"}, {&kLikeOne, "b"}, {&kOne, "c"}});
  ASSERT_TRUE(cards);
  EXPECT_THAT(deeds, ElementsAre("become b", "open a", "open b c", "not needed"));
  EXPECT_EQ(cards->readers().at(1)->info().name, "b");
  deeds.clear();
  const auto failed = open({{&kZero, "a"}, {&kLikeOne, "b"}, {&kLikeOne, "never"}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().text, "it cannot become one");
  EXPECT_THAT(deeds, ElementsAre("become b", "not needed")) << "and nothing is opened";
}

TEST_F(CardsOfSeveralKinds, TellOfTheFaultsThatHit) {
  std::vector<std::string> told;
  CardSpec spec{.kind = &kZero, .name = "a", .details = {}};
  spec.extras.faults.push_back(faults::parse_fault("mute").value());
  auto cards = cards::open(io_.get_executor(), std::array{spec},
                           {.tell = [&](const std::string& line) { told.push_back(line); },
                            .warn = {},
                            .on_fault =
                                [&](const std::string& card, const faults::Hit& hit) {
                                  told.push_back(card + " " + hit.fault + " " + hit.command);
                                }},
                           kHere);
  ASSERT_TRUE(cards);
  fakes::CardUser user(io_, *cards->readers().front());
  EXPECT_EQ(user.answer("00b00000"), "failed");
  EXPECT_THAT(told, ElementsAre("a: fault mute hits the command 00b00000...", "a mute 00b00000"));
}

TEST_F(CardsOfSeveralKinds, AreStoppedAll) {
  auto cards = open({{&kZero, "endless"}, {&kOne, "b"}});
  ASSERT_TRUE(cards);
  deeds.clear();
  EXPECT_FALSE(cards->stop());
  EXPECT_THAT(deeds, ElementsAre("stop endless", "stop b"));
}

TEST_F(CardsOfSeveralKinds, AreLeftAloneWhereTheyDoNotStop) {
  ASSERT_TRUE(open({{&kZero, "endless"}, {&kOne, "b"}}));
  EXPECT_THAT(deeds, ElementsAre("open endless", "open b", "stop endless", "stop b", "gone b"));
}

TEST_F(CardsOfSeveralKinds, AreGoneIfOneCannotBeOpened) {
  const auto cards = open({{&kZero, "a"}, {&kOne, "broken"}});
  ASSERT_FALSE(cards);
  EXPECT_EQ(cards.error().text, "a broken card");
  EXPECT_THAT(deeds, ElementsAre("open a", "stop a", "gone a"));
}

TEST_F(CardsOfSeveralKinds, NeedAKindOfTheTable) {
  EXPECT_FALSE(open({{&kZero, "a"}, {&kNowhere, "b"}}));
  EXPECT_THAT(deeds, ElementsAre());
}

TEST_F(CardsOfSeveralKinds, MayBeNone) {
  auto cards = open({});
  ASSERT_TRUE(cards);
  EXPECT_THAT(cards->readers(), ElementsAre());
  EXPECT_TRUE(cards->stop());
}

}  // namespace
}  // namespace vscard::cards
