// Several cards on one VSC link: each is as one on a link of its own.

#include "session/shared_link.hpp"

#include "async/spawn.hpp"
#include "tests/cards/link/willing_host.hpp"
#include "tests/fakes/card_reader.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace vscard::cards::link {
namespace {

using protocol::vsc::ReaderId;
using protocol::vsc::test::apdu;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

class SharedLinkTest : public testing::Test {
 protected:
  SharedLinkTest() {
    for (CardLink* card : {&first_, &second_}) {
      EXPECT_TRUE(card->open());
      async::spawn(io_.get_executor(), card->run(), [this](const Result<>& ended) {
        EXPECT_TRUE(ended);
        ++ended_;
      });
    }
  }
  test::WillingHost& host(std::uint32_t room) {
    test::WillingHost& host = test::come();
    host.extended = room > 0;
    host.room = room;
    io_.poll();
    return host;
  }
  void send(test::WillingHost& host, const std::string& command, ReaderId reader) {
    host.send(apdu(command, reader));
    io_.poll();
  }
  Result<> act(Awaitable<Result<>> action) {
    Result<> result;
    async::spawn(io_.get_executor(), std::move(action),
                 [&result](const Result<>& r) { result = r; });
    io_.poll();
    return result;
  }
  CardLink make(const char* name, Reader& reader) {
    return CardLink(io_.get_executor(), {.name = name}, reader, watchers_,
                    [this](session::CardSide& card, Notify notify, std::function<void()> changed) {
                      return link_.share(card, std::move(notify), std::move(changed));
                    });
  }

  asio::io_context io_;
  std::array<fakes::FakeCard, 2> readers_;
  program::Watchers watchers_;
  session::SharedLink link_{
      io_.get_executor(),
      {.link = {.endpoint = {.mode = chardev::Endpoint::Mode::Listen, .address = {}}},
       .transport = &fakes::kMemory}};
  CardLink first_ = make("first", readers_[0]);
  CardLink second_ = make("second", readers_[1]);
  int ended_ = 0;
};

TEST_F(SharedLinkTest, GivesEachCardItsCommands) {
  test::WillingHost& host = this->host(2);
  EXPECT_THAT(host.received, Contains("ReaderAdd x 'first'"));
  EXPECT_THAT(host.received, Contains("ReaderAdd x 'second'"));
  readers_[0].next(fakes::CardFault::Mute);
  send(host, "01", ReaderId{0});
  send(host, "02", ReaderId{1});
  EXPECT_EQ(host.received.back(), "APDU 1 029000") << "the first one does not hold it up";
  EXPECT_THAT(readers_[0].done(), ElementsAre("01"));
  EXPECT_THAT(readers_[1].done(), ElementsAre("02"));
  EXPECT_EQ(first_.status().remote, "the willing host");
  EXPECT_EQ(second_.status().remote, "the willing host");
  readers_[0].answer_late();
}

TEST_F(SharedLinkTest, MovesEachCardByItself) {
  test::WillingHost& host = this->host(2);
  EXPECT_TRUE(act(second_.remove()));
  EXPECT_EQ(host.received.back(), "CardRemove 1");
  EXPECT_EQ(first_.status().state, CardLink::CardState::Inserted);
  send(host, "01", ReaderId{0});
  EXPECT_EQ(host.received.back(), "APDU 0 019000");
  EXPECT_TRUE(act(second_.insert()));
  EXPECT_THAT(host.received.back(), testing::StartsWith("ATR 1 "));
}

TEST_F(SharedLinkTest, TellsACardThatTheHostHasNoRoomForIt) {
  test::WillingHost& host = this->host(0);
  EXPECT_THAT(host.received, Not(Contains("ReaderAdd x 'second'")));
  EXPECT_EQ(second_.status().remote, std::nullopt);
  EXPECT_EQ(second_.status().lacks, "room");
  EXPECT_THAT(second_.report().missing,
              Contains("room at the host for a further card: give this one a --vsc of its own, to "
                       "another reader"));
  EXPECT_TRUE(act(second_.remove())) << "nobody has to confirm it";
  host.hang_up();
  io_.poll();
  this->host(2);
  EXPECT_EQ(second_.status().remote, "the willing host");
}

TEST_F(SharedLinkTest, TellsACardThatItsReaderIsTakenAwayAndGivenBack) {
  using protocol::vsc::Use;
  test::WillingHost& host = this->host(2);
  host.send(protocol::vsc::test::reader_use(Use::Removed, ReaderId{1}));
  io_.poll();
  EXPECT_EQ(second_.status().remote, std::nullopt);
  EXPECT_EQ(second_.status().lacks, "reader");
  EXPECT_EQ(second_.report().facts.at(1).second, "the willing host, without a reader for it");
  EXPECT_THAT(second_.report().missing,
              ElementsAre("a reader at the host: it was removed there, and comes back when one of "
                          "its name is added"));
  EXPECT_THAT(readers_[1].done(), Contains("down")) << "nobody inherits a verified PIN";
  EXPECT_EQ(first_.status().lacks, "");
  host.send(protocol::vsc::test::reader_use(Use::Ready, ReaderId{1}));
  send(host, "02", ReaderId{1});
  EXPECT_EQ(host.received.back(), "APDU 1 029000");
  EXPECT_EQ(second_.status().remote, "the willing host");
  EXPECT_THAT(second_.report().missing, ElementsAre());
}

TEST_F(SharedLinkTest, ForgetsWhatAHostHasTakenAwayWithIt) {
  test::WillingHost& host = this->host(2);
  host.send(protocol::vsc::test::reader_use(protocol::vsc::Use::NoPlace, ReaderId{1}));
  io_.poll();
  EXPECT_THAT(second_.report().missing,
              Contains("a reader at the host: it cannot make one, as its log says"));
  host.hang_up();
  io_.poll();
  EXPECT_EQ(second_.status().lacks, "host");
  this->host(2);
  EXPECT_EQ(second_.status().lacks, "");
}

TEST_F(SharedLinkTest, EndsForAllAtOnce) {
  host(2);
  first_.leave();
  second_.leave();
  io_.poll();
  EXPECT_EQ(ended_, 2);
}

}  // namespace
}  // namespace vscard::cards::link
