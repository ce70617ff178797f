#include "protocol/vsc/resumption.hpp"

#include "protocol/vsc/decoder.hpp"
#include "tests/protocol/vsc/resumption_messages.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace vscard::protocol::vsc {
namespace {

using namespace std::chrono_literals;
using Side = Resumption::Side;
using test::hello;
using test::init;
using test::numbered;
using test::proof;
using test::random_of;
using test::text;
using test::with;

constexpr Time kNow{};

Message sized(std::size_t size) { return {ReaderId{0}, Apdu{SecretBytes::zeros(size)}}; }

/// Collects what is to be done: "Init, deliver 9000, restart". A word before what is not written.
class Script final : public Resumption::Ends {
 public:
  /// … since the last time.
  std::string take() { return std::exchange(line_, {}); }

 private:
  void write(Bytes messages) override {
    Decoder decoder;
    decoder.feed(messages);
    for (auto it = decoder.next(); it && *it; it = decoder.next()) add(text(**it));
  }
  void deliver(Message message) override { add("deliver " + text(message)); }
  void restart() override { add("restart"); }
  void resumed() override { add("resumed"); }
  void ended(Errc error) override { add("ended: " + make_error_code(error).message()); }
  void add(const std::string& word) { line_ += (line_.empty() ? "" : ", ") + word; }

  std::string line_;
};

/// A machine, and what it does.
struct Scripted {
  explicit Scripted(Side side, Duration grace = 10s) : machine(side, script, grace) {}
  std::string connected(std::uint8_t seed, Time now = kNow) {
    machine.connected(random_of(seed), now);
    return script.take();
  }
  std::string send(Message message) {
    machine.send(std::move(message));
    return script.take();
  }
  std::string receive(Message message, Time now = kNow) {
    machine.receive(std::move(message), now);
    return script.take();
  }
  std::string expire(Time now) {
    machine.expire(now);
    return script.take();
  }
  std::string say_bye() {
    machine.say_bye();
    return script.take();
  }
  std::string reconnect(std::uint8_t seed) {
    machine.disconnected(kNow);
    return connected(seed);
  }

  Script script;
  Resumption machine;
};

const std::string kBreach = "ended: " + make_error_code(Errc::UnexpectedMessage).message();

/// A client, as random 1, that has greeted a host, as random 2.
class ResumingClient : public testing::Test, protected Scripted {
 protected:
  ResumingClient() : Scripted(Side::Client) {
    connected(1);
    send(init());
    receive(init());
    send(hello({}));
    receive(hello({.secret = random_of(2).secret}));
  }
  std::string reconnect(std::uint8_t seed = 3) { return Scripted::reconnect(seed); }
};

/// A host, as random 2, with a client, as random 1.
class ResumingHost : public testing::Test, protected Scripted {
 protected:
  ResumingHost() : Scripted(Side::Host) {
    connected(2);
    receive(init());
    send(init());
    send(hello({}));
    receive(hello({.secret = random_of(1).secret, .session = random_of(1).session}));
  }
  std::string reconnect(std::uint8_t seed = 4) { return Scripted::reconnect(seed); }
  /// What a client says that wants to go on with a conversation.
  static Message hello_for(std::uint8_t session, std::uint32_t received) {
    return hello({.secret = random_of(3).secret,
                  .session = random_of(3).session,
                  .earlier = ResumePoint{random_of(session).session, received}});
  }
};

TEST_F(ResumingClient, TellsWhatItHasReceivedAfterAWhile) {
  EXPECT_EQ(machine.deadline(), std::nullopt);
  EXPECT_EQ(receive(numbered(1)), "deliver 0100");
  EXPECT_EQ(send(numbered(2)), "0200") << "without what costs each message something";
  receive(numbered(3));
  ASSERT_EQ(machine.deadline(), kNow + 200ms);
  EXPECT_EQ(expire(kNow + 199ms), "");
  EXPECT_EQ(expire(kNow + 200ms), "Received 2");
  EXPECT_EQ(machine.deadline(), std::nullopt);
}

TEST_F(ResumingClient, TellsItWithWhatItSendsWhenThereIsMuch) {
  for (int i = 0; i < 15; ++i) receive(numbered(1));
  EXPECT_EQ(send(numbered(2)), "0200");
  receive(numbered(1));
  EXPECT_EQ(send(numbered(2)), "Received 16, 0200");
  EXPECT_EQ(send(numbered(3)), "0300");
}

TEST_F(ResumingClient, TellsItAtOnceWhenThereIsVeryMuch) {
  for (int i = 0; i < 31; ++i) EXPECT_EQ(receive(numbered(1)), "deliver 0100");
  EXPECT_EQ(receive(numbered(1)), "Received 32, deliver 0100");
  EXPECT_EQ(receive(numbered(1)), "deliver 0100");
}

TEST_F(ResumingClient, CountsLongMessagesAsMore) {
  receive(sized(kMaxPayload - kHeaderSize - 1));
  EXPECT_EQ(send(numbered(2)), "0200");
  receive(sized(1));
  EXPECT_EQ(send(numbered(2)), "Received 2, 0200");
  receive(sized(kMaxPayload));
  EXPECT_EQ(receive(sized(kMaxPayload)).substr(0, 11), "Received 4,");
  EXPECT_EQ(send(numbered(2)), "0200");
}

TEST_F(ResumingClient, SetsNoTimerForEachMessage) {
  for (int i = 0; i < 16; ++i) receive(numbered(1));
  send(numbered(2));
  EXPECT_EQ(machine.deadline(), kNow + 200ms);
  EXPECT_EQ(expire(kNow + 200ms), "") << "all was told";
  EXPECT_EQ(machine.deadline(), std::nullopt);
}

TEST_F(ResumingClient, GoesOnAfterABreakWithWhatTheHostHasNot) {
  receive(numbered(9));
  send(numbered(1));
  send(numbered(2));
  EXPECT_EQ(reconnect(), "Init");
  EXPECT_EQ(send(numbered(3)), "") << "kept";
  EXPECT_EQ(receive(init()), "ExtHello for 1 1");
  EXPECT_EQ(receive(hello({.secret = random_of(4).secret})), "");
  EXPECT_EQ(receive(proof(2, 1)), "Resume 1 1, 0200, 0300, resumed");
  EXPECT_EQ(send(numbered(4)), "0400");
}

TEST_F(ResumingClient, StartsAnewWithAHostThatDoesNotKnowIt) {
  send(numbered(1));
  reconnect();
  receive(init());
  receive(hello({.secret = random_of(4).secret}));
  EXPECT_EQ(receive(with(Resume{})), "restart, deliver Init, deliver ExtHello");
  EXPECT_EQ(send(init()), "") << "was said";
  EXPECT_EQ(send(hello({})), "");
  EXPECT_EQ(send(numbered(2)), "0200");
  EXPECT_EQ(reconnect(5), "Init");
  EXPECT_EQ(receive(init()), "ExtHello for 3 0") << "the new conversation";
}

TEST_F(ResumingClient, StartsAnewWithAHostThatDoesNotResume) {
  reconnect();
  receive(init());
  EXPECT_EQ(receive(hello({})), "restart, deliver Init, deliver ExtHello");
  EXPECT_FALSE(machine.disconnected(kNow));
}

TEST_F(ResumingClient, StartsAnewWithAStockHost) {
  reconnect();
  EXPECT_EQ(receive({ReaderId{0}, Init{}}), "restart, deliver Init");
  EXPECT_EQ(send(init()), "");
  EXPECT_EQ(send(numbered(1)), "0100");
  EXPECT_FALSE(machine.disconnected(kNow));
}

TEST_F(ResumingClient, GivesAStrangerNothing) {
  send(numbered(1));
  reconnect();
  receive(init());
  receive(hello({.secret = random_of(4).secret}));
  EXPECT_EQ(receive(proof(9, 0)), kBreach) << "without its own proof";
  EXPECT_TRUE(machine.disconnected(kNow + 1s)) << "the host may still come";
}

TEST_F(ResumingClient, GivesUpAHostThatSaysWhatCannotBe) {
  send(numbered(1));
  reconnect();
  receive(init());
  receive(hello({.secret = random_of(4).secret}));
  EXPECT_EQ(receive(proof(2, 2)), "Resume 1 0, " + kBreach);
  EXPECT_FALSE(machine.disconnected(kNow));
}

TEST_F(ResumingHost, GoesOnWithAClientThatProvesItself) {
  receive(numbered(1));
  send(numbered(7));
  send(numbered(8));
  EXPECT_EQ(reconnect(), "") << "a client speaks first";
  EXPECT_EQ(receive(init()), "Init, ExtHello");
  EXPECT_EQ(receive(hello_for(1, 1)), "Resume 2 1");
  EXPECT_EQ(receive(proof(1)), "0800, resumed");
}

TEST_F(ResumingHost, GivesAStrangerNothing) {
  send(numbered(7));
  reconnect();
  receive(init());
  receive(hello_for(1, 0));
  EXPECT_EQ(receive(proof(9)), kBreach);
  EXPECT_TRUE(machine.disconnected(kNow + 1s)) << "the client may still come";
}

TEST_F(ResumingHost, AStrangerDoesNotMakeItWaitLonger) {
  machine.disconnected(kNow);
  connected(4, kNow + 9s);
  EXPECT_FALSE(machine.disconnected(kNow + 10s));
}

TEST_F(ResumingHost, StartsAnewWithAnotherClient) {
  send(numbered(7));
  reconnect();
  receive(init());
  EXPECT_EQ(receive(hello_for(9, 0)), "restart, deliver Init, Resume, deliver ExtHello for 9 0");
  EXPECT_EQ(send(init()), "");
  EXPECT_EQ(send(hello({})), "");
  reconnect(5);
  receive(init());
  EXPECT_EQ(receive(hello_for(3, 0)), "Resume 4 0") << "that one's conversation";
}

TEST_F(ResumingHost, StartsAnewWithAStockClient) {
  reconnect();
  EXPECT_EQ(receive({ReaderId{0}, Init{}}), "restart, deliver Init");
  EXPECT_EQ(send({ReaderId{0}, Init{}}), "Init") << "was not said yet";
}

TEST_F(ResumingHost, AnswersAtTheFirstConnectionToo) {
  Scripted fresh(Side::Host);
  fresh.connected(2);
  fresh.receive(init());
  fresh.send(init());
  fresh.send(hello({}));
  EXPECT_EQ(fresh.receive(hello_for(1, 5)), "Resume, deliver ExtHello for 1 5");
}

TEST_F(ResumingHost, WaitsForItsTimeAndNoLonger) {
  EXPECT_TRUE(machine.disconnected(kNow));
  EXPECT_EQ(machine.deadline(), kNow + 10s);
  EXPECT_TRUE(machine.suspended());
  machine.forget();
  EXPECT_FALSE(machine.suspended());
  EXPECT_EQ(machine.deadline(), std::nullopt);
}

TEST_F(ResumingHost, DoesNotWaitAfterBye) {
  EXPECT_EQ(receive(with(Bye{})), "");
  EXPECT_FALSE(machine.disconnected(kNow));
}

TEST_F(ResumingHost, SaysByeOnce) {
  EXPECT_EQ(say_bye(), "Bye");
  EXPECT_EQ(say_bye(), "");
  EXPECT_FALSE(machine.disconnected(kNow));
}

TEST_F(ResumingHost, AClientThatIsSilentAfterABreakIsLeftAlone) {
  reconnect();
  ASSERT_EQ(machine.deadline(), kNow + 20s);
  EXPECT_EQ(expire(kNow + 20s), "ended: " + make_error_code(Errc::NoAnswer).message());
}

TEST_F(ResumingHost, EndsWithAClientThatCountsWrong) {
  send(numbered(7));
  EXPECT_EQ(receive(with(Received{1})), "");
  EXPECT_EQ(receive(with(Received{2})), kBreach);
  EXPECT_EQ(receive(with(Resume{})), kBreach);
}

TEST_F(ResumingHost, KeepsNoMoreThanItMay) {
  for (int i = 0; i < 256; ++i) EXPECT_EQ(send(numbered(1)), "0100");
  EXPECT_EQ(send(numbered(1)), "0100, ended: " + make_error_code(Errc::TooManyCommands).message());
  EXPECT_FALSE(machine.disconnected(kNow));
}

TEST_F(ResumingHost, KeepsNoMoreWithoutAConnectionEither) {
  machine.disconnected(kNow + 1s);
  for (int i = 0; i < 256; ++i) EXPECT_EQ(send(numbered(1)), "");
  EXPECT_EQ(machine.deadline(), kNow + 11s);
  EXPECT_EQ(send(numbered(1)), "ended: " + make_error_code(Errc::TooManyCommands).message());
  EXPECT_LE(machine.deadline(), kNow) << "it waits no longer";
}

TEST_F(ResumingHost, OnAFurtherConnectionOnlyTheGreetingMayCome) {
  std::vector<Message> wrong;
  wrong.push_back(numbered(1));
  wrong.push_back(with(Received{0}));
  wrong.push_back(with(Resume{}));
  wrong.push_back(hello_for(1, 0));
  for (Message& it : wrong) {
    reconnect();
    EXPECT_EQ(receive(std::move(it)), kBreach);
  }
  reconnect();
  EXPECT_EQ(receive(with(Unknown{0x999, 0})), "");
}

TEST(Resumption, IsNotOfferedWithoutTime) {
  Scripted client(Side::Client, 0s);
  client.connected(1);
  client.send(init());
  client.receive(init());
  client.send(hello({}));
  client.receive(hello({.secret = random_of(2).secret}));
  EXPECT_EQ(client.receive(numbered(1)), "deliver 0100");
  EXPECT_EQ(client.send(numbered(2)), "0200");
  EXPECT_FALSE(client.machine.disconnected(kNow));
}

}  // namespace
}  // namespace vscard::protocol::vsc
