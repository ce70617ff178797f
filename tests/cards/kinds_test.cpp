#include "cards/kinds.hpp"

#include "cards/files/kind.hpp"
#include "cards/files/options.hpp"
#include "cards/replay/options.hpp"
#include "cards/table.hpp"
#include "cards/vpcd/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace vscard::cards {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view text, Kinds from = kinds()) {
  const auto parsed = parse_card_spec(text, from);
  return parsed ? "" : parsed.error().text;
}

// A kind of which this build has the name alone, and one that is all of itself.
constexpr Kind kAbsent{.name = "absent", .lacks = "VSCARD_ABSENT"};
constexpr std::array kBareForms{CardForm{.text = "bare", .meaning = "a card\nwithout keys"}};
constexpr Kind kBare{.name = "bare",
                     .stem = "stem",
                     .forms = kBareForms,
                     .parse = [](const chardev::KeyList&) -> Result<std::any> { return 7; }};
constexpr std::array<const Kind*, 2> kTwo{&kAbsent, &kBare};

CardSpec bare(std::string name) { return {.kind = &kBare, .name = std::move(name), .details = {}}; }

/// The names that they get, or the failure.
std::vector<std::string> names_of(
    std::vector<CardSpec> specs,
    const std::function<std::string(const std::string&)>& shown_as = std::identity()) {
  std::vector<CardSpec*> pointers;
  for (CardSpec& spec : specs) pointers.push_back(&spec);
  const auto named = name_cards(pointers, shown_as);
  if (!named) return {named.error().text};
  std::vector<std::string> names;
  for (const CardSpec& spec : specs) names.push_back(spec.name);
  return names;
}

TEST(CardKinds, HaveAllThatTheyNeed) {
  for (const Kind* kind : kinds()) {
    SCOPED_TRACE(kind->name);
    EXPECT_EQ(kind->name.find_first_of(":,"), std::string_view::npos);
    if (!kind->lacks.empty()) continue;
    EXPECT_NE(kind->parse, nullptr);
    EXPECT_FALSE(kind->stem.empty());
    EXPECT_FALSE(kind->forms.empty());
  }
}

TEST(CardKinds, AreThoseOfTheTable) {
  ASSERT_EQ(kinds().size(), kTable.size());
  for (std::size_t i = 0; i < kTable.size(); ++i) EXPECT_EQ(kinds()[i], kTable.at(i).kind);
  EXPECT_GE(std::ranges::count(kinds(), std::string_view(kDefaultCard), &Kind::name), 1);
}

TEST(CardKinds, OfOneNameDifferInTheirKeys) {
  static constexpr std::array<std::string_view, 1> kA{"a"};
  static constexpr std::array<std::string_view, 2> kB{"b", "c"};
  static constexpr Kind kFirst{.name = "two", .keys = kA, .parse = kBare.parse};
  static constexpr Kind kSecond{.name = "two", .keys = kB, .parse = kBare.parse};
  static constexpr std::array<const Kind*, 2> kBoth{&kFirst, &kSecond};
  EXPECT_EQ(parse_card_spec("two", kBoth)->kind, &kFirst);
  EXPECT_EQ(parse_card_spec("two:a=1,name=x", kBoth)->kind, &kFirst);
  EXPECT_EQ(parse_card_spec("two:b=1,c=2,name=x", kBoth)->kind, &kSecond);
  EXPECT_EQ(refusal("two:b=1,a=2", kBoth), "--card two: the keys b and a do not go together");
  EXPECT_EQ(refusal("two:d=1", kBoth),
            "--card two has no key 'd'; there are a, b, c, name, record, "
            "record-secrets, fault and delay");
}

TEST(CardKinds, WithAnAddressGiveItsKeysToTheTransport) {
  const auto parsed = [](std::string_view text) {
    const auto spec = parse_card_spec(text);
    if (!spec) return spec.error().text;
    const auto& endpoint = std::any_cast<const vpcd::Options&>(spec->details).endpoint;
    std::string all = endpoint.mode == chardev::Endpoint::Mode::Listen ? "listen " : "connect ";
    all += endpoint.address.text();
    for (const auto& [key, value] : endpoint.address.keys.keys) all += " " + key + "=" + value;
    return all + (spec->name.empty() ? "" : " named " + spec->name);
  };
  EXPECT_EQ(parsed("vpcd"), "listen tcp://127.0.0.1:35963");
  EXPECT_EQ(parsed("vpcd:name=a"), "listen tcp://127.0.0.1:35963 named a");
  EXPECT_EQ(parsed("vpcd,name=a"), "listen tcp://127.0.0.1:35963 named a");
  EXPECT_EQ(parsed("vpcd:listen:unix:/a,mode=0660,name=b"), "listen unix:/a mode=0660 named b");
  EXPECT_EQ(parsed("vpcd:connect:tls://h:1,,name=c,name=d"), "connect tls://h:1 name=c named d");
  EXPECT_THAT(parsed("vpcd:tcp://h:1"), HasSubstr("--card vpcd: "));
  EXPECT_THAT(parsed("vpcd:listen:unix:/a,frob=1"), HasSubstr("frob"));
  EXPECT_THAT(parsed("vpcd:connect:nonsense://h"), HasSubstr("--card vpcd: "));
}

TEST(CardKinds, SoftAreTheFilesThatPeopleHave) {
  const auto spec = parse_card_spec("soft:p12=a.p12,pem=b.pem,key=c.key,password-fd=3");
  ASSERT_TRUE(spec) << spec.error().text;
  EXPECT_EQ(spec->kind, &files::kFiles);
  const auto options = files::options_of(*spec);
  std::vector<std::string> paths;
  for (const auto& source : options.sources) paths.push_back(source.path);
  EXPECT_THAT(paths, testing::ElementsAre("a.p12", "b.pem", "c.key"));
  EXPECT_EQ(options.password, chardev::SecretSource(3));
  EXPECT_THAT(refusal("soft:p12="), HasSubstr("needs a file after p12="));
  EXPECT_THAT(refusal("soft:password-fd=3"), HasSubstr("also needs the file: p12=FILE"));
  EXPECT_THAT(refusal("soft:p12=a,password-fd=3,password-file=b"), HasSubstr("mean the same"));
  EXPECT_EQ(options.as, files::As::Piv);
  EXPECT_FALSE(files::is_cac(*spec));
  EXPECT_TRUE(files::is_cac(parse_card_spec("soft:pem=a,as=cac").value()));
  EXPECT_FALSE(files::is_cac(parse_card_spec("soft:pem=a,as=piv").value()));
  EXPECT_EQ(refusal("soft:pem=a,as=gids"), "--card soft: as=gids is not a kind of card: piv, cac");
  EXPECT_THAT(refusal("soft:as=cac"), HasSubstr("also needs the file: p12=FILE"));
}

TEST(CardKinds, ParseTheNameThatEveryCardMayHave) {
  for (const char* text : {"bare:name=mine", "bare,name=mine", "bare,name=x,name=mine"}) {
    const auto spec = parse_card_spec(text, kTwo);
    ASSERT_TRUE(spec) << text;
    EXPECT_EQ(spec->name, "mine") << text;
    EXPECT_EQ(spec->kind, &kBare);
    EXPECT_EQ(std::any_cast<int>(spec->details), 7);
  }
  EXPECT_EQ(parse_card_spec("bare", kTwo)->name, "");
  EXPECT_EQ(parse_card_spec("bare:", kTwo)->name, "");
  EXPECT_EQ(refusal("bare:name=", kTwo), "a card's name cannot be empty");
}

std::vector<std::string> texts_of(const std::vector<faults::Fault>& faults) {
  std::vector<std::string> texts;
  for (const faults::Fault& fault : faults) texts.push_back(fault.text);
  return texts;
}

TEST(CardKinds, MayAllBeRecordedAndMisbehave) {
  const auto spec = parse_card_spec(
      "bare:record=/a,record-secrets=yes-really,fault=mute@p=0.1,seed=7,delay=20ms,fault=sw:6982",
      kTwo);
  ASSERT_TRUE(spec) << spec.error().text;
  ASSERT_TRUE(spec->extras.recording);
  EXPECT_EQ(spec->extras.recording->path, "/a");
  EXPECT_EQ(spec->extras.recording->secrets, recording::Options::Secrets::WrittenUnattended);
  EXPECT_THAT(texts_of(spec->extras.faults),
              testing::ElementsAre("mute@p=0.1@seed=7", "slow:20ms", "sw:6982"));
  EXPECT_FALSE(parse_card_spec("bare", kTwo)->extras.recording);
  EXPECT_EQ(refusal("bare:record=", kTwo), "--card bare: record= needs a file");
  EXPECT_EQ(refusal("bare:record-secrets=yes", kTwo),
            "--card bare: record-secrets= needs record=FILE");
  EXPECT_EQ(refusal("bare:record=/a,record-secrets=maybe", kTwo),
            "--card bare: record-secrets= is no, yes or yes-really, not maybe");
  EXPECT_THAT(refusal("bare:fault=frob", kTwo),
              HasSubstr("--card bare: fault 'frob': there is no"));
  EXPECT_THAT(refusal("bare:delay=7", kTwo), HasSubstr("expected slow:3s"));
  EXPECT_THAT(refusal("bare:seed=7", kTwo), HasSubstr("has no key 'seed'"));
}

TEST(CardKinds, WithAnAddressMayMisbehaveToo) {
  const auto spec = parse_card_spec("vpcd:listen:unix:/a,mode=0660,fault=mute,record=/b");
  ASSERT_TRUE(spec) << spec.error().text;
  EXPECT_EQ(spec->extras.recording->path, "/b");
  EXPECT_THAT(texts_of(spec->extras.faults), testing::ElementsAre("mute"));
  EXPECT_TRUE(parse_card_spec("vpcd:fault=mute,name=a")) << "the address may be left out";
}

TEST(CardKinds, OfAFileHaveItsNameAndThenKeys) {
  const auto spec = parse_card_spec("replay:/a,,b,match=any,name=c,fault=mute");
  ASSERT_TRUE(spec) << spec.error().text;
  EXPECT_EQ(spec->kind, &replay::kReplay);
  EXPECT_EQ(std::any_cast<const replay::Options&>(spec->details).path, "/a,b");
  EXPECT_EQ(refusal("replay"), "--card replay needs a file: replay:FILE");
  EXPECT_EQ(refusal("replay:a,match=some"), "--card replay: match= is order or any, not 'some'");
  EXPECT_THAT(refusal("replay:a,frob=1"), HasSubstr("has no key 'frob'"));
}

TEST(CardKinds, UseTheFileOfARecording) {
  const auto access = access_of(*parse_card_spec("replay:/in/a,record=/out/b"));
  const std::vector<chardev::Access::Folder> expected{{"/in", chardev::Access::Use::Read},
                                                      {"/out", chardev::Access::Use::Write}};
  EXPECT_EQ(access.folders, expected);
  EXPECT_FALSE(access.unbounded());
}

TEST(CardKinds, RefuseWhatIsNoCard) {
  EXPECT_EQ(refusal("hard", kTwo), "unknown card 'hard'; there are bare");
  EXPECT_EQ(refusal("", kTwo), "unknown card ''; there are bare");
  EXPECT_EQ(refusal("bare:pin=1", kTwo),
            "--card bare has no key 'pin'; there are name, record, record-secrets, fault and "
            "delay");
  EXPECT_THAT(refusal("bare:name", kTwo), HasSubstr("expected KEY=VALUE instead of 'name'"));
}

TEST(CardKinds, NameTheKeyOfAFileThatStandsAlone) {
  EXPECT_EQ(refusal("soft:me.p12"),
            "--card soft:me.p12 has a file without its key; say --card soft:p12=me.p12");
  EXPECT_THAT(refusal("soft:a,,b.pem,key=c"), HasSubstr("say --card soft:pem=a,,b.pem,key=c"));
  EXPECT_THAT(refusal("soft:me"), HasSubstr("expected KEY=VALUE instead of 'me'"));
}

TEST(CardKinds, TellWhatThisBuildLacks) {
  EXPECT_EQ(refusal("absent:x=y", kTwo),
            "this build has no card 'absent': it was configured with VSCARD_ABSENT=OFF");
  EXPECT_FALSE(make_card_spec("absent", {}, kTwo));
  EXPECT_THAT(describe_kinds(kTwo), HasSubstr("  absent …: not in this build\n"));
}

TEST(CardKinds, AreDescribedInTwoColumns) {
  EXPECT_THAT(describe_kinds(kTwo), HasSubstr("  bare                          a card\n"
                                              "                                without keys\n"));
  const std::string text = describe_kinds();
  for (const Kind* kind : kinds()) EXPECT_THAT(text, HasSubstr(std::string(kind->name)));
}

TEST(CardNames, AreOfTheKindUnlessTheUserGivesThem) {
  EXPECT_THAT(names_of({bare(""), bare("mine"), bare(""), bare("")}),
              testing::ElementsAre("stem", "mine", "stem2", "stem3"));
  EXPECT_THAT(names_of({bare(""), bare("stem")}), testing::ElementsAre("stem2", "stem"))
      << "what the user says comes first";
}

TEST(CardNames, Differ) {
  EXPECT_THAT(names_of({bare("x"), bare("y"), bare("x")}),
              testing::ElementsAre("two cards are named 'x'"));
}

TEST(CardNames, DifferAsTheyAreShown) {
  const auto cut = [](const std::string& name) { return name.substr(0, 4); };
  EXPECT_THAT(names_of({bare("alice"), bare("alicia")}, cut),
              testing::ElementsAre("two cards are named 'alicia'"));
}

}  // namespace
}  // namespace vscard::cards
