// The machine's own service, as our programs use it: a pcscd that shares its card out, is slow, and
// ends.

#include "pcsc-bridge/serve/system_readers.hpp"

#include "tests/fakes/cards.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pcsclite.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <winscard.h>

namespace vscard::pcsc_bridge::serve {
namespace {

using namespace std::chrono_literals;
using fakes::PcscCall;
using fakes::Pcsclite;
using pcsc::Code;
using pcsc::ConnectionId;
using pcsc::HandleId;
using pcsc::Share;
using Ask = pcsc::ResourceManager::Ask;

constexpr const char* kReader = "Real Reader 00 00";

class PcscSystem : public testing::Test {
 protected:
  static constexpr ConnectionId kOne{1};
  static constexpr ConnectionId kTwo{2};

  PcscSystem() {
    fake_.count_readers_as_events();
    fake_.add_reader(kReader);
    fake_.insert(kReader, fakes::kAtr);
  }

  void ask(ConnectionId from, pcsc::Call call, const std::string& data = "") {
    pcsc::Request request{std::move(call), pcsc::SecretBytes::copy_of(fakes::from_hex(data))};
    system_->ask({from, pcsc::ReaderId{7}, std::move(request)});
  }
  /// Runs until `done`, but not for ever.
  template <class Done>
  testing::AssertionResult until(Done done) {
    const auto limit = protocol::Clock::now() + 30s;
    while (!done() && protocol::Clock::now() < limit) io_.run_one_for(10ms);
    return done() ? testing::AssertionSuccess() : testing::AssertionFailure() << "never";
  }
  /// The next answer for the program, which is of this type.
  template <class Call>
  Call answer(ConnectionId from) {
    const auto of_it = [from](const Ask& ask) { return ask.from == from; };
    EXPECT_TRUE(until([&] { return std::ranges::any_of(answers_, of_it); }));
    const auto found = std::ranges::find_if(answers_, of_it);
    if (found == answers_.end()) return {};
    EXPECT_EQ(found->reader, pcsc::ReaderId{7});
    data_ = fakes::to_hex(found->request.data.view());
    const Call call = std::get<Call>(found->request.call);
    answers_.erase(found);
    return call;
  }
  template <class Call>
  Call asked(ConnectionId from, Call call, const std::string& data = "") {
    ask(from, std::move(call), data);
    return answer<Call>(from);
  }
  pcsc::Connect connect(ConnectionId from, HandleId card, Share share = Share::Shared) {
    pcsc::Connect call{{}, {}, share, pcsc::kT0 | pcsc::kT1, card, 0, {}};
    std::ranges::copy(std::string(kReader), call.reader.bytes.begin());
    return asked(from, call);
  }
  Code begin(ConnectionId from, HandleId card) { return asked(from, pcsc::Begin{card, {}}).rv; }
  Code end(ConnectionId from, HandleId card) {
    return asked(from, pcsc::End{card, pcsc::Disposition::Leave, {}}).rv;
  }
  Code status(ConnectionId from, HandleId card) { return asked(from, pcsc::Status{card, {}}).rv; }

  Pcsclite fake_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::vector<std::string> told_;
  std::vector<Ask> answers_;
  std::string data_;  ///< of the last answer()
  std::optional<SystemReaders> system_{
      std::in_place, io_.get_executor(),
      [this](const auto& states) {
        told_.push_back(states ? std::to_string(states->size()) + " readers" : "lost");
      },
      [this](Ask answer) { answers_.push_back(std::move(answer)); }};
};

TEST_F(PcscSystem, IsFollowedThroughItsReadersAndItsEnd) {
  const auto last = [&](const char* text) {
    return until([&] { return !told_.empty() && told_.back() == text; });
  };
  EXPECT_TRUE(last("1 readers"));
  fake_.add_reader("Another 01 00");
  EXPECT_TRUE(last("2 readers"));
  fake_.stop_service(SCARD_E_NO_SERVICE);
  EXPECT_TRUE(last("lost"));
  fake_.start_service();
  EXPECT_TRUE(last("2 readers"));
}

TEST_F(PcscSystem, GetsCallsAsProgramsMakeThem) {
  const HandleId card{0x70};
  const auto connected = connect(kOne, card, Share::Exclusive);
  EXPECT_EQ(connected.rv, Code::Success);
  EXPECT_EQ(connected.card, card);
  EXPECT_EQ(connected.active, pcsc::kT1);
  EXPECT_EQ(fake_.last_share(), SCARD_SHARE_EXCLUSIVE + 0UL);
  EXPECT_EQ(status(kOne, card), Code::Success);

  fake_.answer([](const auto& /*command*/) { return fakes::from_hex("01029000"); });
  pcsc::Transmit transmit{card, pcsc::kT0, 16, 4, 3, 16, 258, {}};
  const auto sent = asked(kOne, transmit, "00b00000");
  EXPECT_EQ(sent.rv, Code::Success);
  EXPECT_EQ(sent.received, 4U);
  EXPECT_EQ(data_, "01029000");
  EXPECT_EQ(fake_.commands(), std::vector<std::string>{"00b00000"});
  transmit.received = 3;
  const auto cut = asked(kOne, transmit, "00b00000");
  EXPECT_EQ(cut.rv, Code::InsufficientBuffer);
  EXPECT_EQ(cut.received, 4U);
  EXPECT_EQ(data_, "");

  const pcsc::Reconnect again{card, Share::Shared, pcsc::kT0, pcsc::Disposition::Unpower, 0, {}};
  EXPECT_EQ(asked(kOne, again).rv, Code::Success);
  EXPECT_EQ(fake_.last_share(), SCARD_SHARE_SHARED + 0UL);
  EXPECT_EQ(fake_.last_initialization(), SCARD_UNPOWER_CARD + 0UL);
  const pcsc::Disconnect left{card, pcsc::Disposition::Reset, {}};
  EXPECT_EQ(asked(kOne, left).rv, Code::Success);
  EXPECT_EQ(fake_.last_disposition(), SCARD_RESET_CARD + 0UL);
  EXPECT_EQ(fake_.open_connections(), 0U);
}

TEST_F(PcscSystem, TheReadersDriverAnswersControlCodesOrRefusesThem) {
  const HandleId card{0x70};
  connect(kOne, card);
  const pcsc::Control control{card, 0x42000d48, 2, 64, 0, {}};
  EXPECT_EQ(asked(kOne, control, "abcd").rv, Code::UnsupportedFeature);
  fake_.control([](unsigned long code, const auto& data) -> std::optional<Pcsclite::Data> {
    if (code != 0x42000d48 || data != fakes::from_hex("abcd")) return std::nullopt;
    return fakes::from_hex("0604");
  });
  const auto answered = asked(kOne, control, "abcd");
  EXPECT_EQ(answered.rv, Code::Success);
  EXPECT_EQ(answered.received, 2U);
  EXPECT_EQ(data_, "0604");
  EXPECT_EQ(asked(kOne, pcsc::GetAttribute{{card, 0x90303, {}, 264, {}}}).length,
            fakes::from_hex(fakes::kAtr).size());
  EXPECT_EQ(asked(kOne, pcsc::GetAttribute{{card, 0x1, {}, 264, {}}}).rv, Code::UnsupportedFeature);
  EXPECT_EQ(asked(kOne, pcsc::SetAttribute{{card, 0x1, {}, 1, {}}}).rv, Code::UnsupportedFeature);
}

TEST_F(PcscSystem, ATransactionIsHeldThereAndSoIsItsEnd) {
  connect(kOne, HandleId{1});
  connect(kTwo, HandleId{2});
  EXPECT_EQ(begin(kOne, HandleId{1}), Code::Success);
  ask(kTwo, pcsc::Begin{HandleId{2}, {}});
  ASSERT_TRUE(fake_.wait_until_waiting(PcscCall::BeginTransaction));
  EXPECT_EQ(end(kOne, HandleId{1}), Code::Success);
  EXPECT_EQ(answer<pcsc::Begin>(kTwo).rv, Code::Success);
}

TEST_F(PcscSystem, ACardThatIsSilentHoldsUpItsUserAlone) {
  connect(kOne, HandleId{1});
  connect(kTwo, HandleId{2});
  fake_.block(PcscCall::Transmit);
  ask(kOne, pcsc::Transmit{HandleId{1}, pcsc::kT0, 16, 4, 3, 16, 258, {}}, "00b00000");
  ASSERT_TRUE(fake_.wait_until_waiting(PcscCall::Transmit));
  EXPECT_EQ(begin(kTwo, HandleId{2}), Code::Success);
  system_->forget(kOne);
  EXPECT_FALSE(system_->end(io_, 50ms)) << "a call has not returned";
  fake_.release(PcscCall::Transmit);
  EXPECT_TRUE(until([&] { return system_->end(io_, 50ms); }));
  EXPECT_EQ(fake_.open_contexts(), 0U);
  EXPECT_TRUE(answers_.empty());
}

TEST_F(PcscSystem, AProgramThatGoesWhileItWaitsDoesNotKeepTheTurnThatItGets) {
  connect(kOne, HandleId{1});
  connect(kTwo, HandleId{2});
  begin(kOne, HandleId{1});
  ask(kTwo, pcsc::Begin{HandleId{2}, {}});
  ASSERT_TRUE(fake_.wait_until_waiting(PcscCall::BeginTransaction));
  system_->forget(kTwo);
  end(kOne, HandleId{1});
  ASSERT_TRUE(fake_.wait_until_called(PcscCall::EndTransaction, 2));
  EXPECT_EQ(fake_.last_disposition(), SCARD_LEAVE_CARD + 0UL);
  EXPECT_EQ(begin(kOne, HandleId{1}), Code::Success);
  EXPECT_TRUE(answers_.empty());
}

TEST_F(PcscSystem, ThatBeganAnewKnowsNoHandlesAndTakesNewOnes) {
  connect(kOne, HandleId{1});
  fake_.restart_service(SCARD_F_COMM_ERROR);
  EXPECT_EQ(begin(kOne, HandleId{1}), Code::ReaderUnavailable);
  EXPECT_EQ(status(kOne, HandleId{1}), Code::ReaderUnavailable);
  const pcsc::Disconnect left{HandleId{1}, pcsc::Disposition::Leave, {}};
  EXPECT_EQ(asked(kOne, left).rv, Code::Success);
  EXPECT_EQ(connect(kOne, HandleId{2}).rv, Code::Success);
  fake_.restart_service(SCARD_F_COMM_ERROR);
  EXPECT_EQ(connect(kOne, HandleId{3}).rv, Code::Success) << "with a context of before";
  fake_.stop_service(SCARD_E_NO_SERVICE);
  EXPECT_EQ(connect(kOne, HandleId{4}).rv, Code::ReaderUnavailable);
}

TEST_F(PcscSystem, HasNoMoreThreadsThanAHundredPrograms) {
  for (std::uint32_t i = 0; i < 100; ++i) {
    EXPECT_EQ(connect(ConnectionId{10 + i}, HandleId{i + 1}).rv, Code::Success);
  }
  EXPECT_EQ(connect(kOne, HandleId{1000}).rv, Code::InternalError);
  system_->forget(ConnectionId{10});
  EXPECT_TRUE(until([&] { return connect(kOne, HandleId{1001}).rv == Code::Success; }));
}

TEST(PcscSystemSocket, IsNotOurOwn) {
  const test::TempFolder folder;
  const std::string own = folder.path() / "own";
  const auto listener = test::RawListener::on_unix(own);
  ::setenv("PCSCLITE_CSOCK_NAME", own.c_str(), 1);
  EXPECT_TRUE(lead_to_system(own));
  EXPECT_EQ(std::getenv("PCSCLITE_CSOCK_NAME"), nullptr);
  ::setenv("PCSCLITE_CSOCK_NAME", "/another", 1);
  EXPECT_TRUE(lead_to_system(own));
  EXPECT_STREQ(std::getenv("PCSCLITE_CSOCK_NAME"), "/another");
  EXPECT_NE(std::getenv("PCSCLITE_NO_BLOCKING"), nullptr);
  EXPECT_TRUE(forget_system());
  EXPECT_EQ(std::getenv("PCSCLITE_NO_BLOCKING"), nullptr);
}

}  // namespace
}  // namespace vscard::pcsc_bridge::serve
