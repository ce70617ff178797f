// Sessions that are asked for what they do not have: a second conversation, or one that has ended.

#include "async/spawn.hpp"
#include "session/client_session.hpp"
#include "session/host_session.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pipe.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vscard::session {
namespace {

using fakes::from_hex;
using fakes::to_hex;
using protocol::SecretBytes;
using protocol::vsc::ReaderId;
using protocol::vsc::VscClient;
using protocol::vsc::VscHost;

constexpr ReaderId kReader{0};
const std::string kClientInit = "00000001000000000000000c565343440000000200000000";
const std::string kReaderAdd = "00000003ffffffff00000004736f6674";  // 'soft'
const std::string kAtr = "0000000500000000000000023b00";
const std::string kCommand = "000000070000000000000004";  // its header
const std::string kSelect = "00a40400";

/// What has come to the other end of a stream.
struct Remote {
  std::string received;
  bool cut = false;  ///< this end was closed
};

Awaitable<void> receive(std::unique_ptr<chardev::Stream> stream, std::shared_ptr<Remote> remote) {
  std::array<std::uint8_t, 4096> buffer{};
  while (const auto size = co_await stream->read(buffer)) {
    remote->received += to_hex(protocol::Bytes(buffer).first(*size));
  }
  remote->cut = true;
}

/// What a host reports.
class Readers final : public ReaderSide {
 public:
  void perform(VscHost::Action action) override {
    if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action))
      reasons.push_back(failed->reason);
  }
  bool settled() const override { return shows_changes; }
  std::vector<protocol::Errc> reasons;  ///< of commands without an answer
  bool shows_changes = true;
};

/// What a client wants.
class Cards final : public CardSide {
 public:
  void perform(VscClient::Action /*action*/) override {}
  void host_has_gone() override { ++hosts_gone; }
  int hosts_gone = 0;
};

/// A stream that is being served.
struct Served {
  chardev::Stream* stream = nullptr;  ///< as long as the test
  std::shared_ptr<Remote> remote = std::make_shared<Remote>();
  std::shared_ptr<std::optional<Ending>> ending = std::make_shared<std::optional<Ending>>();
};

class Sessions : public testing::Test {
 protected:
  ~Sessions() override {
    host_.leave();
    settle();
  }

  /// The remote has sent some bytes, and reads on.
  template <class Session>
  Served serve(Session& session, const std::string& hex = "", fakes::StreamFaults faults = {}) {
    auto [here, there] = fakes::make_pipe(faults);
    there->write_now(from_hex(hex));
    const Served served{.stream = here.get()};
    streams_.push_back(std::move(here));
    async::spawn(io_.get_executor(), receive(std::move(there), served.remote));
    async::spawn(io_.get_executor(), session.serve(*served.stream),
                 [ending = served.ending](Ending reached) { *ending = reached; });
    settle();
    return served;
  }
  void transmit() { host_.transmit(kReader, SecretBytes::copy_of(from_hex(kSelect))); }
  void settle() {
    io_.restart();
    io_.poll();
  }

  asio::io_context io_;
  std::vector<std::unique_ptr<chardev::Stream>> streams_;
  Readers readers_;
  Cards cards_;
  HostSession host_{readers_, {}, protocol::vsc::kApduTimeout};
  ClientSession client_{cards_, {}, protocol::vsc::kApduTimeout};
};

void expect_refused(const Served& served) {
  ASSERT_TRUE(*served.ending);
  EXPECT_EQ((*served.ending)->error, std::errc::operation_in_progress);
  EXPECT_EQ((*served.ending)->next, Ending::Next::TryAgain);
  EXPECT_TRUE(served.remote->cut);
  EXPECT_EQ(served.remote->received, "");
}

TEST_F(Sessions, AHostRefusesASecondStreamAndGoesOnWithTheFirst) {
  const Served first = serve(host_, kClientInit + kReaderAdd + kAtr);
  expect_refused(serve(host_, kClientInit));
  EXPECT_FALSE(*first.ending);
  transmit();
  settle();
  EXPECT_TRUE(first.remote->received.ends_with(kCommand + kSelect)) << first.remote->received;
}

const std::string kSuccess = "00000002000000000000000400000000";

TEST_F(Sessions, AHostAnswersARequestWhenWhatItChangedIsShown) {
  readers_.shows_changes = false;
  const Served served = serve(host_, kClientInit + kReaderAdd + kAtr);
  EXPECT_FALSE(served.remote->received.ends_with(kSuccess)) << served.remote->received;
  readers_.shows_changes = true;
  io_.restart();
  while (!served.remote->received.ends_with(kSuccess + kSuccess)) io_.run_one();
}

TEST_F(Sessions, AHostAnswersAtOnceWhenItIsToldThatAChangeIsShown) {
  readers_.shows_changes = false;
  const Served served = serve(host_, kClientInit + kReaderAdd + kAtr);
  host_.look();
  settle();
  EXPECT_FALSE(served.remote->received.ends_with(kSuccess)) << served.remote->received;
  readers_.shows_changes = true;
  host_.look();
  settle();
  EXPECT_TRUE(served.remote->received.ends_with(kSuccess + kSuccess)) << served.remote->received;
}

TEST_F(Sessions, AHostAnswersARequestAlsoIfNobodyLooks) {
  readers_.shows_changes = false;
  const Served served = serve(host_, kClientInit + kReaderAdd + kAtr);
  const auto began = protocol::Clock::now();
  io_.restart();
  while (!served.remote->received.ends_with(kSuccess + kSuccess)) io_.run_one();
  EXPECT_GE(protocol::Clock::now() - began, kShowTimeout - std::chrono::milliseconds(50));
}

TEST_F(Sessions, AClientRefusesASecondStreamAndGoesOnWithTheFirst) {
  const Served first = serve(client_);
  expect_refused(serve(client_));
  EXPECT_EQ(cards_.hosts_gone, 0);
  EXPECT_FALSE(*first.ending);
  EXPECT_EQ(first.remote->received, "00000001000000000000000c565343440000000200000001");
  first.stream->close();
  settle();
  EXPECT_TRUE(*first.ending);
  EXPECT_EQ(cards_.hosts_gone, 1);
}

TEST_F(Sessions, AHostLeavesAClientThatDoesNotReadAtOnce) {
  const Served clogged = serve(host_, kClientInit + kReaderAdd + kAtr, {.room = 0});
  transmit();
  host_.leave();
  settle();
  ASSERT_TRUE(*clogged.ending);
  EXPECT_FALSE((*clogged.ending)->error) << "as this side wanted";
  EXPECT_EQ(readers_.reasons, std::vector{protocol::Errc::LinkLost});
}

TEST_F(Sessions, AHostRefusesACommandWhileOneIsPendingOrNobodyIsThere) {
  std::vector<protocol::Errc> expected{protocol::Errc::NoCard};
  transmit();
  EXPECT_EQ(readers_.reasons, expected);
  const Served served = serve(host_, kClientInit + kReaderAdd + kAtr);
  transmit();
  transmit();
  expected.push_back(protocol::Errc::TooManyCommands);
  EXPECT_EQ(readers_.reasons, expected);
  host_.leave();
  host_.leave();
  settle();
  transmit();
  expected.insert(expected.end(), {protocol::Errc::LinkLost, protocol::Errc::NoCard});
  EXPECT_EQ(readers_.reasons, expected);
}

TEST_F(Sessions, OneConversationFollowsTheOther) {
  for (int i = 0; i < 2; ++i) {
    const Served served = serve(host_, kClientInit);
    EXPECT_FALSE(*served.ending);
    host_.leave();
    settle();
    EXPECT_TRUE(*served.ending);
  }
}

}  // namespace
}  // namespace vscard::session
