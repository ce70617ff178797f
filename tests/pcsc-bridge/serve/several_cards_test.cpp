// What readers a service has for a client with several cards.

#include "async/spawn.hpp"
#include "pcsc-bridge/serve/service.hpp"
#include "tests/fakes/memory_listener.hpp"
#include "tests/fakes/pipe.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::serve {
namespace {

using protocol::vsc::ReaderId;
using testing::ElementsAre;
namespace vsc = protocol::vsc::test;

class SeveralCards : public testing::Test {
 protected:
  SeveralCards() {
    EXPECT_TRUE(service_.add_reader(
        "vscard desk",
        {.link = {.endpoint = {.mode = chardev::Endpoint::Mode::Listen, .address = {}}},
         .transport = &fakes::kMemory,
         .grace = {},
         .max_readers = 4}));
    auto [ours, theirs] = fakes::make_pipe();
    client_ = std::move(ours);
    fakes::MemoryListener::current->bring(std::move(theirs));
    send(vsc::init(protocol::vsc::kExtension));
    send(vsc::ext_hello());
  }
  ~SeveralCards() override {
    service_.close();
    io_.restart();
    io_.poll();
  }
  void send(const protocol::vsc::Message& message) {
    client_->write_now(protocol::vsc::encode(message).view());
    io_.restart();
    io_.poll();
  }
  /// A reader with a card.
  void bring(const std::string& name, std::uint32_t number) {
    send(vsc::reader_add(name));
    send(vsc::atr("3b00", ReaderId{number}));
  }
  void hang_up() {
    client_->close();
    io_.restart();
    io_.poll();
  }
  /// Those that there are, with a star where a card is.
  std::vector<std::string> readers() const {
    std::vector<std::string> names;
    for (const auto& view : service_.readers())
      names.push_back(view.name + (view.card ? " *" : ""));
    return names;
  }

  asio::io_context io_;
  program::Watchers watchers_;
  Service service_{io_.get_executor(), watchers_};
  std::unique_ptr<chardev::Stream> client_;
};

TEST_F(SeveralCards, HaveAReaderEachAndTheFirstIsAlwaysThere) {
  EXPECT_THAT(readers(), ElementsAre("vscard desk"));
  bring("alice", 0);
  bring("bob", 1);
  bring("carol", 2);
  EXPECT_THAT(readers(), ElementsAre("vscard desk *", "vscard desk bob *", "vscard desk carol *"));
  send(vsc::card_remove(ReaderId{1}));
  EXPECT_THAT(readers(), ElementsAre("vscard desk *", "vscard desk bob", "vscard desk carol *"));
  send(vsc::reader_remove(ReaderId{1}));
  send(vsc::reader_remove(ReaderId{0}));
  EXPECT_THAT(readers(), ElementsAre("vscard desk", "vscard desk carol *"));
  hang_up();
  EXPECT_THAT(readers(), ElementsAre("vscard desk"));
}

TEST_F(SeveralCards, HaveNamesThatNobodyElseHas) {
  EXPECT_TRUE(service_.add_reader(
      "vscard desk bob",
      {.link = {.endpoint = {.mode = chardev::Endpoint::Mode::Listen, .address = {}}},
       .transport = &fakes::kMemory}));
  bring("alice", 0);
  bring("bob", 1);
  bring("", 2);
  bring("\n\"/x", 3);
  EXPECT_THAT(readers(), ElementsAre("vscard desk *", "vscard desk bob", "vscard desk 2 *",
                                     "vscard desk 3 *", "vscard desk ___x *"));
}

TEST_F(SeveralCards, HaveShortNamesWhateverTheClientSays) {
  bring("alice", 0);
  bring(std::string(protocol::vsc::kMaxReaderName, 'x'), 1);
  bring(std::string(protocol::vsc::kMaxReaderName, 'x'), 2);
  ASSERT_EQ(readers().size(), 3U);
  EXPECT_EQ(readers()[1].size(), std::string("vscard  *").size() + 100);
  EXPECT_EQ(readers()[2], "vscard desk 2 *");
}

TEST_F(SeveralCards, AreNoMoreThanThereIsRoomFor) {
  for (int i = 0; i < 1000; ++i) send(vsc::reader_add("more"));
  EXPECT_EQ(readers().size(), 4U);
}

TEST_F(SeveralCards, ComeAndGoAsOftenAsTheClientLikes) {
  bring("alice", 0);
  for (int i = 0; i < 1000; ++i) {
    bring("bob", 1);
    send(vsc::reader_remove(ReaderId{1}));
    send(vsc::apdu("9000", ReaderId{1}));
  }
  EXPECT_THAT(readers(), ElementsAre("vscard desk *"));
  bring("bob", 1);
  EXPECT_THAT(readers(), ElementsAre("vscard desk *", "vscard desk bob *"));
}

TEST_F(SeveralCards, GoWithTheReaderThatHasTheirLine) {
  bring("alice", 0);
  bring("bob", 1);
  EXPECT_TRUE(service_.remove_reader("vscard desk"));
  EXPECT_THAT(readers(), ElementsAre());
}

TEST_F(SeveralCards, GetTheirReadersBack) {
  bring("alice", 0);
  bring("bob", 1);
  EXPECT_FALSE(service_.give_back("vscard desk bob").value()) << "it has one";
  EXPECT_TRUE(service_.remove_reader("vscard desk bob"));
  EXPECT_FALSE(service_.give_back("vscard desk alice").value());
  EXPECT_TRUE(service_.give_back("vscard desk bob").value());
  EXPECT_THAT(readers(), ElementsAre("vscard desk *", "vscard desk bob *"));
  EXPECT_TRUE(service_.remove_reader("vscard desk bob"));
  send(vsc::card_remove(ReaderId{1}));
  EXPECT_TRUE(service_.give_back("vscard desk bob").value());
  EXPECT_THAT(readers(), ElementsAre("vscard desk *", "vscard desk bob")) << "without its card";
  EXPECT_TRUE(service_.remove_reader("vscard desk bob"));
  send(vsc::reader_remove(ReaderId{1}));
  EXPECT_FALSE(service_.give_back("vscard desk bob").value()) << "the client has no such card";
}

TEST_F(SeveralCards, LoseTheirReadersForGoodWithTheirLine) {
  bring("alice", 0);
  bring("bob", 1);
  EXPECT_TRUE(service_.remove_reader("vscard desk bob"));
  EXPECT_TRUE(service_.remove_reader("vscard desk"));
  EXPECT_FALSE(service_.give_back("vscard desk bob").value());
}

TEST_F(SeveralCards, LoseTheirReadersOneByOne) {
  bring("alice", 0);
  bring("bob", 1);
  EXPECT_TRUE(service_.remove_reader("vscard desk bob"));
  EXPECT_FALSE(service_.remove_reader("vscard desk bob"));
  EXPECT_THAT(readers(), ElementsAre("vscard desk *"));
  send(vsc::atr("3b00", ReaderId{1}));
  send(vsc::apdu("9000", ReaderId{1}));
  send(vsc::reader_remove(ReaderId{1}));
  EXPECT_THAT(readers(), ElementsAre("vscard desk *"));
}

}  // namespace
}  // namespace vscard::pcsc_bridge::serve
