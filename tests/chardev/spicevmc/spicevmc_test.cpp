// Cards and commands over SPICE, from our client to our server.

#include "tests/chardev/spicevmc/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <string>

namespace vscard::chardev::spicevmc {
namespace {

using protocol::SecretBytes;
using test::Client;
using test::kReader;
using test::Spicevmc;
using testing::ElementsAre;

TEST_F(Spicevmc, BringsACard) {
  serve("spicevmc://127.0.0.1:0");
  EXPECT_THAT(host_->address(), testing::StartsWith("spicevmc://127.0.0.1:"));
  bring_card(spice_address());
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
  EXPECT_THAT(host_->remote().value_or(""), testing::StartsWith("tcp://127.0.0.1:"));
}

TEST_F(Spicevmc, BringsAStockClientsCard) {
  serve("spicevmc://127.0.0.1:0");
  bring_card(spice_address(), test::kStock);
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
  EXPECT_THAT(host_->remote().value_or(""), testing::StartsWith("tcp://127.0.0.1:"));
}

TEST_F(Spicevmc, HasLongCommandsForAClientOfOurs) {
  serve("spicevmc://127.0.0.1:0");
  bring_card(spice_address());
  EXPECT_EQ(next(), "card");
  for (const std::size_t size : {4U, 270U, 271U, 4103U, 65000U, 5U}) {
    EXPECT_EQ(transmit(size), std::string(2 * size, '0') + "9000") << size;
  }
}

/// As viewers do, which open every port.
TEST_F(Spicevmc, BringsAStockClientsCardBesideASilentPort) {
  serve("spicevmc://127.0.0.1:0");
  const Address port = parse_address(spice_address("spice", ",port=org.vscard.vsc.0")).value();
  std::unique_ptr<Stream> silent;
  async::spawn(io_.get_executor(), connect_once(spice::smartcard::kSpice, io_.get_executor(), port),
               [&silent](Connected connected) { silent = std::move(connected.value()); });
  until([&silent] { return silent != nullptr; });
  bring_card(spice_address(), test::kStock);
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
}

TEST_F(Spicevmc, TurnsASecondWayToItsReaderAway) {
  serve("spicevmc://127.0.0.1:0");
  bring_card(spice_address(), test::kStock);
  EXPECT_EQ(next(), "card");
  const Client& second =
      bring_card(spice_address("spice", ",port=org.vscard.vsc.0"), Reconnect::No);
  until([&second] { return !second.failure.empty(); });
  EXPECT_THAT(notices_, testing::Contains(testing::HasSubstr("is being served")));
  EXPECT_EQ(transmit(5), "00000000009000") << "of the first, which has not noticed";
}

TEST_F(Spicevmc, TellsASecondCardOfAProcessThatThereIsOneReader) {
  serve("spicevmc://127.0.0.1:0");
  bring_card(spice_address());
  EXPECT_EQ(next(), "card");
  bring_card(spice_address());
  until([this] { return notices_.back().find("reader is in use here") != std::string::npos; });
  EXPECT_EQ(transmit(5), "00000000009000");
}

/// The library takes commands of at most 270 bytes on this way; longer ones do not reach it.
TEST_F(Spicevmc, AnswersAStockClientsCommandsOfEveryLength) {
  serve("spicevmc://127.0.0.1:0");
  bring_card(spice_address(), test::kStock);
  EXPECT_EQ(next(), "card");
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t size : {271U, 282U, 283U, 284U, 4103U, 65544U}) {
      EXPECT_EQ(transmit(size), "6700") << size;
      forget();
      seen_.words.emplace_back();
      for (const std::size_t good : {4U, 5U, 261U, 270U}) {
        EXPECT_EQ(transmit(good), std::string(2 * good, '0') + "9000") << good << " after " << size;
      }
    }
  }
}

/// Without a ClientSession, which would leave the reader empty for half a second each time.
TEST_F(Spicevmc, SeesAThousandRemovalsAndInsertions) {
  serve("spicevmc://127.0.0.1:0");
  async::spawn(io_.get_executor(), swap_cards(1000));
  until_seen(2000);
  EXPECT_EQ(std::ranges::count(seen_.words, "card"), 1000);
  EXPECT_EQ(std::ranges::count(seen_.words, "no card"), 1000);
}

TEST_F(Spicevmc, SeesTheClientGoInTheMiddleOfACommandAndComeAgain) {
  serve("spicevmc://127.0.0.1:0");
  Client& first = bring_card(spice_address(), test::kStock);
  EXPECT_EQ(next(), "card");
  first.mute = true;
  host_->transmit(kReader, SecretBytes::zeros(5));
  forget();
  first.link.leave();
  until_seen(3);
  EXPECT_THAT(seen_.words, ElementsAre("no answer", "no card", "no reader"));
  bring_card(spice_address());
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
}

TEST_F(Spicevmc, ServesTheClientThatComesLast) {
  serve("spicevmc://127.0.0.1:0");
  Client& first = bring_card(spice_address());
  EXPECT_EQ(next(), "card");
  forget();
  // Of the same name, it would share the first one's session.
  bring_card(std::regex_replace(spice_address(), std::regex("127.0.0.1"), "localhost"));
  until_seen(3);
  first.link.leave();  // or the two take it from each other for ever
  EXPECT_THAT(seen_.words, testing::IsSupersetOf({"no card", "no reader", "card"}));
}

TEST_F(Spicevmc, ListensOnAUnixSocket) {
  serve("spicevmc+unix:" + path("spice"));
  bring_card(spice_address("spice+unix"));
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
  EXPECT_EQ(host_->remote(), "unix:" + path("spice"));
  EXPECT_EQ(host_->address(), "spicevmc+unix:" + path("spice"));
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
