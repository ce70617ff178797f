// Several readers on one connection, at the client (docs/vsc-extension.md §11, §12).

#include "tests/protocol/vsc/client_conversation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace vscard::protocol::vsc {
namespace {

using test::error;
using test::ext_hello;
using test::init;
using test::kSoftAtr;
using test::Lines;
using test::secret;
using test::text_of;

constexpr ReaderId kA{0};
constexpr ReaderId kB{1};
constexpr ReaderId kC{2};
const std::string kCard = kSoftAtr;

/// A client with three cards, at a host that gives their readers these numbers.
class Client {
 public:
  Client() {
    for (const ReaderId reader : {kA, kB, kC}) {
      client_.add_reader(reader, std::string(1, "abc"[static_cast<int>(reader)]), now_);
      client_.insert_card(reader, test::soft_atr(), now_);
    }
  }
  VscClient& machine() { return client_; }
  Lines start() { return text_of(client_.start(now_)); }
  Lines receive(vsc::Message message) { return text_of(client_.receive(std::move(message), now_)); }
  /// Agrees on the extension, with a host that has this room.
  Lines agree(std::uint32_t room) {
    start();
    receive(init(kExtension));
    receive(ext_hello(kMaxPayload, kWorkingFeature, room));
    return receive(error(0));  // ReaderRemove
  }
  void attach(const std::array<std::uint32_t, 3>& numbers) {
    agree(3);
    for (const std::uint32_t number : numbers) {
      receive(error(0, ReaderId{number}));  // ReaderAdd
      receive(error(0, ReaderId{number}));  // ATR
    }
  }
  Lines respond(ReaderId reader, const char* hex) {
    return text_of(client_.respond(reader, secret(hex), now_));
  }
  Lines works(ReaderId reader) { return text_of(client_.works(reader, now_)); }
  Lines remove(ReaderId reader) { return text_of(client_.remove_card(reader, now_)); }
  Lines insert(ReaderId reader) {
    return text_of(client_.insert_card(reader, test::soft_atr(), now_));
  }
  Lines wait(Duration duration) {
    now_ += duration;
    return text_of(client_.expire(now_));
  }

 private:
  VscClient client_;
  Time now_{};
};

TEST(SeveralCards, AreOfferedOneByOneInTheirOrder) {
  Client client;
  EXPECT_EQ(client.agree(3), Lines{"> ReaderAdd x 'a'"});
  EXPECT_EQ(client.receive(error(0)), (Lines{"accepted 0", "> ATR 0 " + kCard}));
  EXPECT_EQ(client.receive(error(0)), Lines{"> ReaderAdd x 'b'"});
  EXPECT_EQ(client.receive(error(0, kB)), (Lines{"accepted 1", "> ATR 1 " + kCard}));
  EXPECT_EQ(client.receive(error(0, kB)), Lines{"> ReaderAdd x 'c'"});
  EXPECT_EQ(client.receive(error(0, kC)), (Lines{"accepted 2", "> ATR 2 " + kCard}));
  EXPECT_EQ(client.receive(error(0, kC)), Lines{});
}

TEST(SeveralCards, GetTheirOwnCommandsWhateverNumbersTheHostGives) {
  std::array<std::uint32_t, 3> numbers{0, 1, 7};
  do {
    Client client;
    client.attach(numbers);
    for (const std::uint32_t number : {7U, 1U, 0U}) {
      const auto card = std::ranges::find(numbers, number) - numbers.begin();
      EXPECT_EQ(client.receive(test::apdu("01", ReaderId{number})),
                Lines{"command " + std::to_string(card) + " 01"});
    }
    for (std::uint32_t card = 0; card < 3; ++card) {
      EXPECT_EQ(client.respond(ReaderId{card}, "9000"),
                Lines{"> APDU " + std::to_string(numbers.at(card)) + " 9000"});
    }
  } while (std::ranges::next_permutation(numbers).found);
}

TEST(SeveralCards, HaveEachItsOwnCancelAndSayThatTheyWork) {
  Client client;
  client.attach({7, 0, 1});
  for (const std::uint32_t number : {7U, 0U, 1U}) {
    client.receive(test::apdu("01", ReaderId{number}));
    client.receive(test::apdu("02", ReaderId{number}));
  }
  EXPECT_EQ(client.receive(test::cancel(kA)),  // the host's: it is the second card
            (Lines{"> Error 0 1", "> Error 0 1", "stop 1"}));
  EXPECT_EQ(client.works(kA), Lines{"> Working 7"});
  EXPECT_EQ(client.works(kB), Lines{}) << "nobody waits for it";
  EXPECT_EQ(client.respond(kC, "9001"), (Lines{"> APDU 1 9001", "command 2 02"}));
  EXPECT_EQ(client.respond(kB, "9001"), Lines{}) << "it was answered";
  EXPECT_EQ(client.respond(kA, "9001"), (Lines{"> APDU 7 9001", "command 0 02"}));
}

TEST(SeveralCards, ComeAndGoWhileAnotherWorks) {
  Client client;
  client.attach({0, 1, 2});
  client.receive(test::apdu("01", kA));
  client.receive(test::apdu("11", kB));
  EXPECT_EQ(client.remove(kB), (Lines{"> Error 1 1", "> CardRemove 1"}));
  EXPECT_EQ(client.insert(kB), Lines{}) << "while the host has not answered";
  EXPECT_EQ(client.respond(kA, "9001"), Lines{"> APDU 0 9001"});
  EXPECT_EQ(client.respond(kB, "9011"), Lines{}) << "it is of the card before";
  EXPECT_EQ(client.receive(error(0, kB)), Lines{"> ATR 1 " + kCard});
  EXPECT_EQ(client.receive(test::apdu("02", kA)), Lines{"command 0 02"});
  client.receive(error(0, kB));
  EXPECT_TRUE(client.machine().settled(kB));
}

TEST(SeveralCards, AreServedAsFarAsTheHostHasRoom) {
  Client client;
  client.agree(2);
  client.receive(error(0));
  EXPECT_EQ(client.receive(error(0)), Lines{"> ReaderAdd x 'b'"});
  EXPECT_EQ(client.receive(error(0, kB)), (Lines{"accepted 1", "> ATR 1 " + kCard}));
  EXPECT_EQ(client.receive(error(0, kB)), Lines{"refused 2 room 2"}) << "and not asked";
  EXPECT_TRUE(client.machine().settled(kC)) << "nothing more will be seen of it";
  EXPECT_EQ(client.receive(test::apdu("01", kB)), Lines{"command 1 01"});
}

TEST(SeveralCards, AreOneForAStockHost) {
  Client client;
  client.start();
  EXPECT_EQ(client.receive(init()), Lines{"> ReaderRemove 0"});
  EXPECT_EQ(client.receive(error(0)), Lines{"> ReaderAdd x 'a'"});
  EXPECT_EQ(client.receive(error(0)),
            (Lines{"accepted 0", "refused 1 room 1", "refused 2 room 1"}));
  EXPECT_EQ(client.wait(test::kShownEmpty), Lines{"> ATR 0 " + kCard});
}

TEST(SeveralCards, AreServedBesideOneThatTheHostRefuses) {
  Client client;
  client.agree(3);
  client.receive(error(0));
  client.receive(error(0));
  EXPECT_EQ(client.receive(error(2, kUndefinedReader)),
            (Lines{"refused 1 room 1", "> ReaderAdd x 'c'"}));
  EXPECT_EQ(client.receive(error(0, kB)), (Lines{"accepted 2", "> ATR 1 " + kCard}));
}

TEST(SeveralCards, HaveReadersThatAreTakenAwayAndGivenBack) {
  Client client;
  client.attach({0, 7, 2});
  client.receive(test::apdu("01"));
  client.receive(test::apdu("11", ReaderId{7}));
  client.receive(test::apdu("12", ReaderId{7}));
  EXPECT_EQ(client.receive(test::reader_use(Use::Removed, ReaderId{7})),
            (Lines{"> Error 7 1", "> Error 7 1", "withdrawn 1 1"}));
  EXPECT_EQ(client.receive(test::reader_use(Use::NoPlace, ReaderId{7})), Lines{"withdrawn 1 2"});
  EXPECT_EQ(client.receive(test::reader_use(Use::NoPlace, ReaderId{7})), Lines{});
  EXPECT_EQ(client.respond(kB, "9011"), Lines{}) << "it was answered";
  EXPECT_EQ(client.remove(kB), Lines{"> CardRemove 7"}) << "the host is told as ever";
  client.receive(error(0, ReaderId{7}));
  EXPECT_EQ(client.insert(kB), Lines{"> ATR 7 " + kCard});
  client.receive(error(0, ReaderId{7}));
  EXPECT_EQ(client.receive(test::reader_use(Use::Ready, ReaderId{7})), Lines{"accepted 1"});
  EXPECT_EQ(client.receive(test::apdu("13", ReaderId{7})), Lines{"command 1 13"});
  EXPECT_EQ(client.respond(kA, "9001"), Lines{"> APDU 0 9001"}) << "all the time";
}

TEST(SeveralCards, ForgetAReaderUseWithTheHost) {
  Client client;
  client.attach({0, 1, 2});
  client.receive(test::reader_use(Use::Removed, kB));
  EXPECT_EQ(client.receive(test::reader_use(Use::Removed, ReaderId{9})), Lines{}) << "it is none";
  client.machine().lost();
  client.attach({0, 1, 2});
  EXPECT_EQ(client.receive(test::reader_use(Use::Ready, kB)), Lines{}) << "as it is";
  EXPECT_EQ(client.receive(test::reader_use(Use::Removed, kB)), Lines{"withdrawn 1 1"});
}

TEST(SeveralCards, EndWithAHostThatRefusesTheFirst) {
  Client client;
  client.agree(3);
  EXPECT_EQ(client.receive(error(2, kUndefinedReader)),
            Lines{"ended: " + make_error_code(Errc::ReaderRefused).message()});
}

TEST(SeveralCards, EndWithAHostThatGivesTwoTheSameNumber) {
  Client client;
  client.agree(3);
  client.receive(error(0));
  client.receive(error(0));
  EXPECT_EQ(client.receive(error(0)),
            Lines{"ended: " + make_error_code(Errc::UnexpectedMessage).message()});
}

TEST(SeveralCards, AreOfferedToTheNextHostAnew) {
  Client client;
  client.agree(1);
  EXPECT_EQ(client.receive(error(0)), (Lines{"accepted 0", "> ATR 0 " + kCard}));
  EXPECT_EQ(client.receive(error(0)), (Lines{"refused 1 room 1", "refused 2 room 1"}));
  client.machine().lost();
  client.attach({0, 1, 2});
  EXPECT_EQ(client.receive(test::apdu("01", kC)), Lines{"command 2 01"});
}

TEST(SeveralCards, AreNotHeldUpByOneThatIsMute) {
  Client client;
  client.attach({0, 1, 2});
  client.receive(test::apdu("01", kA));
  client.receive(test::cancel(kB));
  client.wait(kApduTimeout - std::chrono::seconds(1));
  EXPECT_EQ(client.receive(test::apdu("02", kB)), Lines{"command 1 02"});
  EXPECT_EQ(client.wait(std::chrono::seconds(1)),
            (Lines{"> Error 0 1", "mute 0", "look 1", "> CardRemove 0"}));
  EXPECT_EQ(client.respond(kB, "9002"), Lines{"> APDU 1 9002"}) << "while a request is pending";
  EXPECT_EQ(client.receive(test::cancel(kA)), Lines{});
}

}  // namespace
}  // namespace vscard::protocol::vsc
