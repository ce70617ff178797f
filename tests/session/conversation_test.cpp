// A conversation of both halves, over one stream after the other.

#include "async/spawn.hpp"
#include "session/client_session.hpp"
#include "session/host_session.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pipe.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vscard::session {
namespace {

using namespace std::chrono_literals;
using fakes::from_hex;
using fakes::to_hex;
using protocol::SecretBytes;
using protocol::vsc::ReaderId;
using protocol::vsc::VscClient;
using protocol::vsc::VscHost;
using testing::ElementsAre;

constexpr ReaderId kReader{0};
constexpr auto kLong = 1h;

/// What the host's user sees.
class Readers final : public ReaderSide {
 public:
  void perform(VscHost::Action action) override {
    if (const auto* response = std::get_if<VscHost::Response>(&action)) {
      seen.push_back(to_hex(response->bytes.view()));
    } else if (std::holds_alternative<VscHost::NoAnswer>(action)) {
      seen.emplace_back("no answer");
    } else if (std::holds_alternative<VscHost::CardInserted>(action)) {
      seen.emplace_back("card");
    } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
      seen.emplace_back("no card");
    }
  }
  std::vector<std::string> seen;
};

/// A card that answers when it is told to.
class Cards final : public CardSide {
 public:
  void perform(VscClient::Action action) override {
    if (std::holds_alternative<VscClient::Transmit>(action)) ++commands;
  }
  void host_has_gone() override { ++hosts_gone; }
  int commands = 0;
  int hosts_gone = 0;
};

struct Ends {
  std::unique_ptr<chardev::Stream> host;
  std::unique_ptr<chardev::Stream> client;
  std::optional<Ending> host_ending;
  std::optional<Ending> client_ending;
};

class Conversations : public testing::Test {
 protected:
  explicit Conversations(protocol::Duration grace = kLong)
      : host_(readers_, {}, protocol::vsc::kApduTimeout, protocol::vsc::kSilence, grace),
        client_(cards_, {}, protocol::vsc::kApduTimeout, protocol::vsc::kSilence, grace) {
    client_.add_reader(kReader, "soft");
    client_.insert_card(kReader, *protocol::iso7816::Atr::parse(from_hex("3b00")));
  }
  ~Conversations() override {
    cut();
    host_.drop();
    client_.drop();
  }

  void connect() {
    auto [here, there] = fakes::make_pipe({});
    ends_ = std::make_unique<Ends>();
    ends_->host = std::move(here);
    ends_->client = std::move(there);
    async::spawn(io_.get_executor(), host_.serve(*ends_->host),
                 [this](Ending ending) { ends_->host_ending = ending; });
    async::spawn(io_.get_executor(), client_.serve(*ends_->client),
                 [this](Ending ending) { ends_->client_ending = ending; });
    settle();
  }
  void cut() {
    if (!ends_) return;
    ends_->host->close();
    ends_->client->close();
    settle();
  }
  void ask() { host_.transmit(kReader, SecretBytes::copy_of(from_hex("00a40400"))); }
  void answer() { client_.respond(kReader, SecretBytes::copy_of(from_hex("9000"))); }
  void settle() {
    io_.restart();
    io_.poll();
  }

  asio::io_context io_;
  Readers readers_;
  Cards cards_;
  HostSession host_;
  ClientSession client_;
  std::unique_ptr<Ends> ends_;
};

TEST_F(Conversations, GoOnOverTheNextStream) {
  connect();
  ask();
  settle();
  cut();
  EXPECT_GT(ends_->host_ending->waits, kLong / 2);
  EXPECT_GT(ends_->client_ending->waits, kLong / 2);
  answer();
  EXPECT_THAT(readers_.seen, ElementsAre("card"));
  connect();
  EXPECT_THAT(readers_.seen, ElementsAre("card", "9000"));
  EXPECT_EQ(cards_.commands, 1);
  EXPECT_EQ(cards_.hosts_gone, 0);
}

TEST_F(Conversations, AreAskedForMoreWithoutAStream) {
  connect();
  cut();
  ask();
  EXPECT_EQ(cards_.commands, 0);
  connect();
  EXPECT_EQ(cards_.commands, 1);
  answer();
  settle();
  EXPECT_THAT(readers_.seen, ElementsAre("card", "9000"));
}

TEST_F(Conversations, ShowACardThatHasGoneMeanwhile) {
  connect();
  cut();
  client_.remove_card(kReader);
  EXPECT_THAT(readers_.seen, ElementsAre("card"));
  connect();
  EXPECT_THAT(readers_.seen, ElementsAre("card", "no card"));
}

TEST_F(Conversations, EndWithBothWhenOneLeaves) {
  connect();
  host_.leave();
  settle();
  EXPECT_EQ(ends_->client_ending->waits, 0s);
  EXPECT_EQ(cards_.hosts_gone, 1);
  connect();
  client_.leave();
  settle();
  EXPECT_EQ(ends_->host_ending->waits, 0s);
  EXPECT_THAT(readers_.seen, ElementsAre("card", "no card", "card", "no card"));
}

TEST_F(Conversations, EndWhenNoFurtherStreamIsWanted) {
  connect();
  ask();
  settle();
  cut();
  host_.drop();
  EXPECT_THAT(readers_.seen, ElementsAre("card", "no answer", "no card"));
  client_.drop();
  EXPECT_EQ(cards_.hosts_gone, 1);
}

TEST_F(Conversations, BeginAnewWithAHostThatHasForgottenThem) {
  connect();
  cut();
  host_.drop();
  connect();
  EXPECT_EQ(cards_.hosts_gone, 1);
  EXPECT_THAT(readers_.seen, ElementsAre("card", "no card", "card"));
}

TEST_F(Conversations, BeginAnewWithAClientThatHasForgottenThem) {
  connect();
  cut();
  client_.drop();
  connect();
  EXPECT_THAT(readers_.seen, ElementsAre("card", "no card", "card"));
}

class ShortConversations : public Conversations {
 protected:
  ShortConversations() : Conversations(1ms) {}
};

TEST_F(ShortConversations, EndWhenNobodyComesBack) {
  connect();
  cut();
  async::spawn(io_.get_executor(), host_.keep_grace());
  io_.restart();
  while (readers_.seen.size() < 2) io_.run_one();
  EXPECT_THAT(readers_.seen, ElementsAre("card", "no card"));
}

class BriefConversations : public Conversations {
 protected:
  BriefConversations() : Conversations(0s) {}
};

TEST_F(BriefConversations, EndWithTheirStream) {
  connect();
  cut();
  EXPECT_EQ(ends_->host_ending->waits, 0s);
  EXPECT_THAT(readers_.seen, ElementsAre("card", "no card"));
  EXPECT_EQ(cards_.hosts_gone, 1);
}

}  // namespace
}  // namespace vscard::session
