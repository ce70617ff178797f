// The inspector with its own thread, and a browser's socket.

#include "inspect/inspector.hpp"

#include "inspect/options.hpp"
#include "tests/fakes/hex.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>

namespace vscard::inspect {
namespace {

using asio::ip::tcp;
using program::TappedApdu;
using testing::HasSubstr;

class Inspected : public testing::Test {
 protected:
  Inspected() {
    const auto opened = inspector_.open(*parse_inspect_address("tcp://127.0.0.1:0"));
    EXPECT_TRUE(opened) << opened.error().text;
  }

  /// A connection that has asked.
  tcp::socket ask(const std::string& what) {
    const std::string url = inspector_.url();  // http://127.0.0.1:PORT/#TOKEN
    const std::string host = url.substr(7, url.find('/', 7) - 7);
    tcp::socket socket(browser_);
    const auto port = static_cast<std::uint16_t>(std::stoul(host.substr(host.find(':') + 1)));
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    const std::string request = what + " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " +
                                url.substr(url.find('#') + 1) + "\r\n\r\n";
    asio::write(socket, asio::buffer(request));
    return socket;
  }
  void pass(TappedApdu::What what, const std::string& hex) {
    const protocol::iso7816::BlankedApdu message{.bytes = fakes::from_hex(hex)};
    watchers_.show({.about = "card", .name = "soft", .by = {}, .what = what, .message = message});
  }

  asio::io_context program_{1};
  asio::io_context browser_{1};
  program::Watchers watchers_;
  program::CommandTable commands_{
      {{.name = "list",
        .usage = "[--json]",
        .text = "",
        .run = [](const program::Words&) -> Result<std::string> { return "[\"soft\"]"; }}}};
  Inspector inspector_{program_.get_executor(), commands_, watchers_,
                       InspectorOptions{.program = "tool", .commands = {}}};
};

TEST_F(Inspected, ShowsWhatPassedBeforeAndAfterThePageIsOpen) {
  pass(TappedApdu::What::Command, "00a4040005a000000308");
  tcp::socket page = ask("GET /lines?from=0");
  asio::streambuf got;
  asio::read_until(page, got, "\"object\":\"PIV\"}\n");
  pass(TappedApdu::What::Response, "9000");
  asio::read_until(page, got, "\"status\":\"success\"}\n");
}

TEST_F(Inspected, PassesEventsOn) {
  tcp::socket page = ask("GET /lines?from=0");
  program_.poll();
  watchers_.publish([] { return program::Json::object({{"event", "card"}}); });
  program_.restart();
  program_.poll();
  asio::streambuf got;
  asio::read_until(page, got, "{\"event\":\"card\"}\n");
}

TEST_F(Inspected, RunsCommandsOnTheProgramsThread) {
  tcp::socket page = ask("GET /readers");
  auto answer = std::async(std::launch::async, [&page] {
    std::string text;
    boost::system::error_code end;
    asio::read(page, asio::dynamic_buffer(text), end);
    return text;
  });
  const auto work = asio::make_work_guard(program_);
  while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    program_.run_one_for(std::chrono::milliseconds(5));
  }
  EXPECT_THAT(answer.get(), HasSubstr("[\"soft\"]"));
}

TEST_F(Inspected, TapsNoMoreWhenItHasGone) {
  {
    Inspector other{program_.get_executor(), commands_, watchers_,
                    InspectorOptions{.program = "tool", .commands = {}}};
    ASSERT_TRUE(other.open(*parse_inspect_address("tcp://127.0.0.1:0")));
  }
  pass(TappedApdu::What::Command, "00a40400");
}

}  // namespace
}  // namespace vscard::inspect
