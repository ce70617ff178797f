// What vscclient's command line means, in its own form and in that of libcacard's client.

#include "vscclient/options.hpp"

#include "cards/libcacard/card.hpp"
#include "cards/own/kind.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <unistd.h>

namespace vscard::vscclient {
namespace {

using cards::libcacard::Card;
using cards::libcacard::card_of;
using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

std::expected<CommandLine, int> parse(const Words& words) {
  std::vector<const char*> arguments{"vscclient"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

/// The exit status, and the line that tells why.
std::string refusal(const Words& words) {
  testing::internal::CaptureStderr();
  log::start("vscclient");
  const auto line = parse(words);
  const std::string text = testing::internal::GetCapturedStderr();
  return line ? "parsed" : std::to_string(line.error()) + " " + text;
}

/// The endpoint's address and the card's name of each pair.
Words pairs(const Words& words) {
  const auto line = parse(words);
  Words texts;
  for (const Pair& pair : line.value().pairs) {
    texts.push_back(pair.vsc.link.endpoint.address.text() + " " + pair.card.name);
  }
  return texts;
}

TEST(VscclientOptions, MayHaveAReaderOfVsmartcardInPlaceOfAHost) {
  const auto line = parse({"--vsc", "vpcd:connect:tcp://127.0.0.1:35963", "--vsc",
                           "connect:unix:/a", "--card", "soft", "--card", "vpcd"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->pairs[0].speaks, Speaks::Vpcd);
  EXPECT_EQ(line->pairs[0].vsc.link.endpoint.address.text(), "tcp://127.0.0.1:35963");
  EXPECT_EQ(line->pairs[1].speaks, Speaks::Vsc);
  EXPECT_THAT(refusal({"--vsc", "vpcd:connect:spice://h:1"}), HasSubstr("spice"));
  EXPECT_THAT(refusal({"--vsc", "vpcd:connect:tcp://h:1,peer-max-apdu=300"}),
              HasSubstr("peer-max-apdu"));
}

TEST(VscclientOptions, AreAHostAndTheUsersOwnCard) {
  const auto line = parse({"--vsc", "listen:unix:/a"});
  ASSERT_TRUE(line);
  ASSERT_EQ(line->pairs.size(), 1U);
  EXPECT_EQ(line->pairs[0].vsc.link.endpoint.mode, chardev::Endpoint::Mode::Listen);
  EXPECT_EQ(line->pairs[0].card.name, "soft");
  EXPECT_EQ(line->pairs[0].card.kind, &cards::own::kOwn);
  EXPECT_TRUE(line->pairs[0].vsc.peer.stock());
  EXPECT_FALSE(line->classic);
  EXPECT_TRUE(line->policy.reconnect);
  EXPECT_FALSE(line->policy.insecure);
  EXPECT_EQ(line->pin.size(), 0U);
  EXPECT_EQ(line->service.level, log::Level::Info);
}

TEST(VscclientOptions, MayHaveAllCardsOnOneConnection) {
  const auto line = parse({"--vsc", "connect:unix:/a", "--card", "soft:db=/s", "--card", "piv"});
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->one_link);
  EXPECT_FALSE(parse({"--vsc", "connect:unix:/a", "--card", "piv"})->one_link);
  EXPECT_FALSE(parse({"--vsc", "connect:unix:/a", "--card", "piv", "--vsc", "connect:unix:/b",
                      "--card", "vpcd"})
                   ->one_link);
  EXPECT_THAT(
      pairs({"--card", "soft:db=/s,name=mine", "--card", "piv", "--vsc", "connect:unix:/a"}),
      ElementsAre("unix:/a mine", "unix:/a piv"));
}

TEST(VscclientOptions, AreAConnectionForEachCardInTheirOrder) {
  EXPECT_THAT(pairs({"--vsc", "connect:unix:/a", "--card", "nss:db=/m", "--vsc",
                     "connect:tcp://h:1", "--card", "soft:db=/s,name=mine"}),
              ElementsAre("unix:/a token", "tcp://h:1 mine"));
  EXPECT_THAT(pairs({"--vsc", "connect:unix:/a", "--vsc", "connect:unix:/b", "--card", "soft:db=/s",
                     "--card", "soft:db=/t"}),
              ElementsAre("unix:/a soft", "unix:/b soft2"));
}

TEST(VscclientOptions, TakeTheHostsLimitOutOfItsAddress) {
  const auto line = parse({"--vsc", "connect:unix:/a,peer-max-apdu=1000"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->pairs[0].vsc.peer.max_command, 1000U);
  EXPECT_EQ(line->pairs[0].vsc.peer.max_response, 1000U);
  EXPECT_TRUE(line->pairs[0].vsc.link.endpoint.address.keys.keys.empty())
      << "no transport knows it";
}

TEST(VscclientOptions, MayBeThoseOfLibcacardsClient) {
  const auto line = parse({"-e", "use_hw=no", "-c", "id", "-c", "sign", "localhost", "2001"});
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->classic);
  ASSERT_EQ(line->pairs.size(), 1U);
  EXPECT_EQ(line->pairs[0].vsc.link.endpoint.mode, chardev::Endpoint::Mode::Connect);
  EXPECT_EQ(card_of(line->pairs[0].card),
            Card(cards::libcacard::EmulatedCard{"use_hw=no", {"id", "sign"}}));
  EXPECT_THAT(pairs({"localhost", "2001"}), ElementsAre("tcp://localhost:2001 card"));
  EXPECT_THAT(pairs({"::1", "2001"}), ElementsAre("tcp://[::1]:2001 card"));
}

TEST(VscclientOptions, LogMoreAsLibcacardsClientDoes) {
  const Words host{"localhost", "2001"};
  const std::pair<Words, log::Level> kLevels[] = {{{"-d", "0"}, log::Level::Info},
                                                  {{"-d", "1"}, log::Level::Debug},
                                                  {{"-d", "2"}, log::Level::Trace},
                                                  {{"--log-level", "error"}, log::Level::Error}};
  for (auto [words, level] : kLevels) {
    words.insert(words.end(), host.begin(), host.end());
    EXPECT_EQ(parse(words).value().service.level, level) << words[1];
  }
}

TEST(VscclientOptions, AreRefusedWhereTheyContradict) {
  const std::string hint = " (vscclient --help lists the options)\n";
  const auto wrong = [&hint](const std::string& text) {
    return "2 vscclient: error: " + text + hint;
  };
  EXPECT_EQ(refusal({}), wrong("where is the host? Say --vsc connect:tcp://HOST:PORT"));
  EXPECT_EQ(refusal({"--vsc", "connect:unix:/a", "h", "1"}),
            wrong("HOST PORT and --vsc mean the same: use one of them"));
  EXPECT_EQ(refusal({"--card", "soft", "h", "1"}),
            wrong("--card goes with --vsc, not with HOST PORT"));
  EXPECT_EQ(refusal({"--vsc", "vpcd:connect:tcp://127.0.0.1:1", "--card", "piv", "--card", "vpcd"}),
            wrong("a vpcd takes one card: give each --card a --vsc of its own"));
  EXPECT_EQ(refusal({"h"}), wrong("HOST needs its PORT"));
  EXPECT_EQ(refusal({"--vsc", "connect:unix:/a", "-e", "x"}),
            wrong("-e and -c go with HOST PORT; with --vsc say --card libcacard:ARGS"));
  for (const Words& uneven : {Words{"--vsc", "connect:unix:/a", "--vsc", "connect:unix:/b"},
                              Words{"--vsc", "connect:unix:/a", "--vsc", "connect:unix:/b",
                                    "--card", "soft", "--card", "pcsc", "--card", "piv"}}) {
    EXPECT_EQ(refusal(uneven), wrong("--vsc and --card come in pairs, or one --vsc has all cards"));
  }
  EXPECT_EQ(refusal({"h", "65536"}), wrong("'h:65536' is not HOST:PORT (an IPv6 address stands in "
                                           "brackets: [::1]:2001)"));
}

TEST(VscclientOptions, ReadThePinOnceTheRestIsRight) {
  const test::TempFolder folder;
  const std::string file = folder.path() / "pin";
  test::write_text(file, "1984\nsecond line");
  const auto line = parse({"--vsc", "connect:unix:/a", "--pin-file", file});
  ASSERT_TRUE(line);
  EXPECT_EQ(std::string(line->pin.view().begin(), line->pin.view().end()), "1984");
  EXPECT_THAT(refusal({"--vsc", "connect:unix:/a", "--pin-file", file + "s"}),
              testing::AllOf(testing::StartsWith("1 vscclient: error: PIN: "), HasSubstr(file)));
  EXPECT_THAT(refusal({"--vsc", "connect:unix:/a", "--pin-file", "/dev/null"}),
              HasSubstr("PIN: there is none in the file"));
  EXPECT_THAT(refusal({"--pin-file", file + "s"}), HasSubstr("where is the host?"));
  EXPECT_THAT(refusal({"--vsc", "connect:unix:/a", "--pin-file", file, "--pin-fd", "0"}),
              testing::StartsWith("2 vscclient: error: --pin-file excludes --pin-fd"));
}

TEST(VscclientOptions, ReadThePinFromADescriptor) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], "2001\n", 5), 5);
  ::close(ends[1]);
  const auto line = parse({"--vsc", "connect:unix:/a", "--pin-fd", std::to_string(ends[0])});
  ::close(ends[0]);
  ASSERT_TRUE(line);
  EXPECT_EQ(std::string(line->pin.view().begin(), line->pin.view().end()), "2001");
}

}  // namespace
}  // namespace vscard::vscclient
