// Answers that a client sends ahead, and signs of life, in both machines.

#include "tests/protocol/vsc/client_conversation.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace vscard::protocol::vsc {
namespace {

using namespace std::chrono_literals;
using test::error;
using test::ext_hello;
using test::init;
using test::kReader;
using test::kSoftAtr;
using test::Lines;
using test::secret;
using test::text_of;

constexpr const char* kGetData = "00cb3fff035c017e00";
constexpr const char* kGetResponse = "00c0000002";
constexpr Duration kShort = 4s;  ///< of silence

/// A client with a card, at a host that has the features.
class Client {
 public:
  explicit Client(std::uint32_t host, AheadPolicy policy = AheadPolicy::Rest)
      : client_({}, kApduTimeout, kShort) {
    client_.add_reader(kReader, "soft", now_, policy);
    client_.insert_card(kReader, test::soft_atr(), now_);
    client_.start(now_);
    receive(init(kExtension));
    hello_ = receive(ext_hello(kMaxPayload, host));
    for (int request = 0; request < 3; ++request) receive(error(0));
  }
  Lines receive(vsc::Message message) { return text_of(client_.receive(std::move(message), now_)); }
  Lines respond(const char* hex) { return text_of(client_.respond(kReader, secret(hex), now_)); }
  Lines no_answer() { return text_of(client_.no_answer(kReader, now_)); }
  Lines remove() { return text_of(client_.remove_card(kReader, now_)); }
  Lines wait(Duration duration) {
    now_ += duration;
    return text_of(client_.expire(now_));
  }
  Lines hello() const { return hello_; }
  VscClient& machine() { return client_; }

 private:
  VscClient client_;
  Time now_{};
  Lines hello_;
};

/// A host with a card, of a client that has the features.
class Host {
 public:
  explicit Host(std::uint32_t client) : host_({}, kApduTimeout, kShort) {
    host_.start(now_);
    receive(init(kExtension));
    hello_ = receive(ext_hello(kMaxPayload, client));
    receive(test::reader_add("soft"));
    receive(test::atr(kSoftAtr));
  }
  Lines receive(vsc::Message message) { return text_of(host_.receive(std::move(message), now_)); }
  Lines transmit(const char* hex) { return text_of(host_.transmit(kReader, secret(hex), now_)); }
  Lines wait(Duration duration) {
    now_ += duration;
    return text_of(host_.expire(now_));
  }
  /// After a command whose answer came with the answer of the next one.
  Host& knowing() {
    transmit("00a40400");
    receive(test::ahead({{kGetData, "7e009000"}}));
    receive(test::apdu("9000"));
    return *this;
  }
  Lines hello() const { return hello_; }
  VscHost& machine() { return host_; }
  Time now() const { return now_; }

 private:
  VscHost host_;
  Time now_{};
  Lines hello_;
};

const Lines kToTheCard{std::string("> APDU 0 ") + kGetData};
const Lines kSilentEnd{"silent"};

TEST(VscAhead, GoesRightBeforeTheResponse) {
  Client client(kAheadFeature);
  EXPECT_EQ(client.receive(test::apdu(kGetData)), Lines{std::string("command 0 ") + kGetData});
  EXPECT_EQ(client.respond("6102"), Lines{std::string("command 0 ") + kGetResponse});
  EXPECT_EQ(client.respond("aabb9000"), (Lines{"> Ahead 0 00c0000002=aabb9000", "> APDU 0 6102"}));
}

TEST(VscAhead, GoesToNoHostThatDoesNotTakeIt) {
  Client client(kPingFeature);
  client.receive(test::apdu(kGetData));
  EXPECT_EQ(client.respond("6102"), Lines{"> APDU 0 6102"});
}

TEST(VscAhead, CostsNoAnswerWhenTheCardFails) {
  Client client(kAheadFeature);
  client.receive(test::apdu(kGetData));
  client.respond("6102");
  EXPECT_EQ(client.no_answer(), Lines{"> APDU 0 6102"});
  client.receive(test::apdu(kGetData));
  client.respond("6102");
  EXPECT_EQ(client.remove(), (Lines{"> Error 0 1", "> CardRemove 0"}));
  EXPECT_EQ(client.respond("aabb9000"), Lines{}) << "of a card that has gone";
}

TEST(VscAhead, AnswersTheNextCommandAtTheHost) {
  Host host(0);
  EXPECT_EQ(host.knowing().transmit(kGetData), Lines{"response 0 7e009000"});
  EXPECT_FALSE(host.machine().pending(kReader));
}

TEST(VscAhead, IsForgottenWithWhatTheCardForgets) {
  const auto asked_after = [](auto change) {
    Host host(kPowerFeature);
    host.knowing();
    change(host);
    return host.transmit(kGetData);
  };
  EXPECT_EQ(asked_after([](Host& host) { host.machine().power(kReader, PowerAction::Down); }),
            kToTheCard);
  EXPECT_EQ(asked_after([](Host& host) { host.machine().abort(kReader, host.now()); }), kToTheCard);
  EXPECT_EQ(asked_after([](Host& host) { host.receive(test::atr(kSoftAtr)); }), kToTheCard);
  EXPECT_EQ(asked_after([](Host& host) {
              host.receive(test::card_remove());
              host.receive(test::atr(kSoftAtr));
            }),
            kToTheCard);
  EXPECT_EQ(asked_after([](Host& host) {
              host.transmit("00200080");
              host.receive(test::apdu("9000"));
            }),
            kToTheCard);
}

TEST(VscAhead, MeansNothingWithoutACommand) {
  Host host(0);
  EXPECT_EQ(host.receive(test::ahead({{kGetData, "7e009000"}})), Lines{});
  EXPECT_EQ(host.transmit(kGetData), kToTheCard);
  host.machine().abort(kReader, host.now());
  host.receive(test::ahead({{kGetResponse, "aabb9000"}}));
  host.receive(test::apdu("9000"));
  EXPECT_EQ(host.transmit(kGetResponse), Lines{std::string("> APDU 0 ") + kGetResponse})
      << "it came with an answer that nobody took";
}

TEST(VscAhead, IsNotForTheClient) {
  Client client(kAheadFeature);
  EXPECT_EQ(client.receive(test::ahead({})),
            Lines{"ended: " + make_error_code(Errc::UnexpectedMessage).message()});
}

TEST(VscPing, IsAnsweredAtOnce) {
  EXPECT_EQ(Host(0).receive(test::ping(7)), Lines{"> Pong x 7"});
  Client client(0);
  client.receive(test::apdu(kGetData));
  EXPECT_EQ(client.receive(test::ping(8)), Lines{"> Pong x 8"}) << "also while the card works";
}

TEST(VscPing, IsAskedAtTheStartAndInSilence) {
  Host host(kPingFeature);
  EXPECT_EQ(host.hello(), Lines{"> Ping x 1"});
  EXPECT_EQ(host.wait(kShort / 2), Lines{"> Ping x 2"});
  host.receive(test::pong(2));
  EXPECT_EQ(host.machine().round_trip(), 0s);
  EXPECT_EQ(host.wait(kShort / 2), Lines{"> Ping x 3"});
  EXPECT_EQ(host.wait(kShort / 2), kSilentEnd);

  Client client(kPingFeature);
  EXPECT_EQ(client.hello(), (Lines{"> Ping x 1", "> ReaderRemove 0"}));
  EXPECT_EQ(client.wait(kShort / 2), Lines{"> Ping x 2"});
  client.receive(test::pong(2));
  EXPECT_EQ(client.machine().round_trip(), 0s);
  EXPECT_EQ(client.wait(kShort / 2), Lines{"> Ping x 3"});
  EXPECT_EQ(client.wait(kShort / 2), kSilentEnd);
}

TEST(VscPing, GoesToNoPeerThatDoesNotAnswerIt) {
  Host host(0);
  EXPECT_EQ(host.hello(), Lines{});
  EXPECT_EQ(host.wait(kShort * 2), Lines{});
  Client client(0);
  EXPECT_EQ(client.hello(), Lines{"> ReaderRemove 0"});
  EXPECT_EQ(client.wait(kShort * 2), Lines{});
}

}  // namespace
}  // namespace vscard::protocol::vsc
