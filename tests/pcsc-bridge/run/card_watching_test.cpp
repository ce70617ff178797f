// The cards' clients are programs in this process, with a control socket and little behind it.

#include "pcsc-bridge/run/card_clients.hpp"
#include "pcsc-bridge/run/client_process.hpp"
#include "program/control_client.hpp"
#include "program/control_server.hpp"
#include "program/events.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"
#include "tests/program/run_now.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace vscard::pcsc_bridge::run {
namespace {

using program::LineQueue;
using program::Lines;
using testing::ElementsAre;
using testing::HasSubstr;

/// Many times what a busy machine needs.
constexpr std::chrono::seconds kPatience{20};

class CardWatching : public testing::Test {
 protected:
  CardWatching() { watch("soft", {}); }
  ~CardWatching() override {
    client_.close();
    io_.restart();
    io_.run_for(kPatience);
  }

  void watch(const std::string& card, std::optional<chardev::Child> process) {
    clients_.push_back(
        std::make_unique<ClientProcess>(card, "vscard " + card, address_, std::move(process)));
  }
  /// What the watcher gets, until nobody writes to it any more.
  std::vector<std::string> events() {
    const auto lines = std::get<Lines>(test::run_now(io_, cards_.table().run({"watch"}))->value());
    while (lines.use_count() > 1) {
      io_.restart();
      if (io_.run_one_for(kPatience) == 0) return {"it does not end"};
    }
    lines->close();
    std::vector<std::string> events;
    const std::string text = test::run_now(io_, lines->take())->value();
    for (std::size_t at = 0; at < text.size(); at += events.back().size() + 1) {
      events.push_back(text.substr(at, text.find('\n', at) - at));
    }
    return events;
  }

  test::TempFolder folder_;
  std::string address_ = "unix:" + (folder_.path() / "control").string();
  asio::io_context io_{1};
  Result<Lines> watch_ = std::unexpected("8 watch already, and no more can");
  program::CommandTable commands_{
      {program::watch_command([this](program::Detail) { return watch_; })}};
  program::ControlServer client_{io_.get_executor(), commands_};
  CardClients clients_;
  CardControl cards_{clients_, io_.get_executor()};
};

TEST_F(CardWatching, TellsThatACardHasGoneWithItsClient) {
  ASSERT_TRUE(client_.open(address_));
  watch_ = std::make_shared<LineQueue>(
      program::card_event({"card", "soft"}, "absent", std::nullopt).text() + "\n" +
      program::remote_event({"card", "soft"}, "host", "unix:a", std::nullopt).text() + "\n");
  (*watch_)->close();
  EXPECT_THAT(events(), ElementsAre(HasSubstr(R"("state":"added")"), HasSubstr(R"("absent")"),
                                    HasSubstr(R"("state":"gone")")));
}

TEST_F(CardWatching, DoesNotCallACardGoneWhoseClientCannotBeWatched) {
  ASSERT_TRUE(client_.open(address_));
  EXPECT_THAT(events(), ElementsAre(HasSubstr(R"("state":"added")")));
}

TEST_F(CardWatching, TellsThatACardHadGoneBefore) {
  auto ended = chardev::Child::start({.command = {"true"}, .environment = {}, .prepare = {}});
  ended->reap();
  clients_.clear();
  watch("soft", std::move(*ended));
  EXPECT_THAT(events(),
              ElementsAre(HasSubstr(R"("state":"added")"), HasSubstr(R"("state":"gone")")));
}

TEST(CardList, DoesNotWaitForOneSilentClientAfterTheOther) {
  const test::TempFolder folder;
  const std::string silent = folder.path() / "silent";
  const auto listener = test::RawListener::on_unix(silent);
  CardClients clients;
  std::string expected;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<ClientProcess>("soft", "vscard", "unix:" + silent));
    expected += (i == 0 ? "" : "\n") + std::to_string(i) + " soft  gone  vscard";
  }
  asio::io_context io(1);
  const CardControl cards(clients, io.get_executor(), std::chrono::milliseconds(300));
  program::ControlServer server(io.get_executor(), cards.table(),
                                {.patience = std::chrono::seconds(2)});
  const std::string address = "unix:" + (folder.path() / "control").string();
  ASSERT_TRUE(server.open(address));
  Result<std::string> listed;
  async::spawn(io.get_executor(), program::ask(address, {"list"}), [&](Result<std::string> answer) {
    listed = std::move(answer);
    io.stop();
  });
  io.run();
  EXPECT_EQ(listed, expected) << (listed ? "" : listed.error().text);
}

}  // namespace
}  // namespace vscard::pcsc_bridge::run
