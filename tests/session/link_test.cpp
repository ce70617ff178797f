// Links and sessions over real sockets, against peers that do just what a test says.

#include "session/link.hpp"

#include "async/spawn.hpp"
#include "protocol/errc.hpp"
#include "session/client_link.hpp"
#include "session/host_link.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/recording_host.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace vscard::session {
namespace {

using fakes::from_hex;
using protocol::SecretBytes;
using protocol::vsc::ReaderId;
using protocol::vsc::VscClient;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr ReaderId kReader{0};
constexpr const char* kInit = "00000001000000000000000c565343440000000200000001";
constexpr const char* kHostInit = "00000001ffffffff0000000c565343440000000200000000";
constexpr const char* kReaderRemove = "000000040000000000000000";
constexpr const char* kReaderAdd = "00000003ffffffff00000004736f6674";  // 'soft'
constexpr const char* kAtr = "0000000500000000000000023b00";
constexpr const char* kCardRemove = "000000060000000000000000";
constexpr const char* kSuccess = "00000002000000000000000400000000";
constexpr const char* kCommand =
    "00000007000000000000000500840000"
    "08";
constexpr const char* kResponse = "0000000700000000000000029000";

std::size_t bytes_in(const std::string& hex) { return hex.size() / 2; }

/// A client on a link, on a thread of its own, with a card that answers 9000 at once. The rest of
/// the test is the host.
class ClientOnALink : public testing::Test, public CardSide {
 protected:
  void TearDown() override { stop(); }

  void start(const std::string& endpoint,
             LinkOptions::Reconnect reconnect = LinkOptions::Reconnect::Yes) {
    const chardev::Endpoint at = chardev::parse_endpoint(endpoint).value();
    link_.emplace(
        io_.get_executor(),
        VscLinkOptions{
            .link = {.endpoint = at, .reconnect = reconnect},
            .transport =
                chardev::find_transport(chardev::standard_transports(), at.address).value()},
        *this, [this](const Notice& notice) { notices_.push_back(notice.text); });
    link_->add_reader(kReader, "soft", protocol::vsc::AheadPolicy::Nothing);
    link_->insert_card(kReader, protocol::iso7816::Atr::parse(from_hex("3b00")).value());
    opened_ = link_->open();
    if (!opened_) return;
    async::spawn(io_.get_executor(), link_->run(),
                 [this](Result<> result) { ended_.set_value(std::move(result)); });
    thread_ = std::thread([this] { io_.run(); });
  }

  /// On the session's thread.
  void post(std::function<void()> work) { asio::post(io_, std::move(work)); }

  void stop() {
    if (!thread_.joinable()) return;
    post([this] { link_->leave(); });
    join();
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  /// The end of the link: its error, or "".
  std::string end() {
    auto result = ended_.get_future().get();
    join();
    return result ? "" : result.error().text;
  }

  /// Plays the host until the card is in.
  static void attach(const test::RawSocket& host) {
    ASSERT_EQ(host.read_hex(bytes_in(kInit)), kInit);
    host.send_hex(kHostInit);
    ASSERT_EQ(host.read_hex(bytes_in(kReaderRemove)), kReaderRemove);
    host.send_hex(kSuccess);
    ASSERT_EQ(host.read_hex(bytes_in(kReaderAdd)), kReaderAdd);
    host.send_hex(kSuccess);
    ASSERT_EQ(host.read_hex(bytes_in(kAtr)), kAtr);
    host.send_hex(kSuccess);
  }
  static void command(const test::RawSocket& host) {
    host.send_hex(kCommand);
    ASSERT_EQ(host.read_hex(bytes_in(kResponse)), kResponse);
  }

  std::string path(const char* name) const { return folder_.path() / name; }

  test::TempFolder folder_;
  asio::io_context io_{1};
  std::optional<ClientLink> link_;
  Result<> opened_;
  std::vector<std::string> notices_;
  std::promise<Result<>> ended_;
  std::thread thread_;

 private:
  void perform(VscClient::Action action) override {
    if (!std::holds_alternative<VscClient::Transmit>(action)) return;
    link_->respond(kReader, SecretBytes::copy_of(from_hex("9000")));
  }
};

TEST_F(ClientOnALink, ServesAHostThatListens) {
  const auto listener = test::RawListener::on_tcp();
  start("connect:tcp://127.0.0.1:" + std::to_string(listener.port()));
  const auto host = listener.accept();
  attach(host);
  command(host);
}

TEST_F(ClientOnALink, LeavesCardFirst) {
  const auto listener = test::RawListener::on_unix(path("vsc"));
  start("connect:unix:" + path("vsc"));
  const auto host = listener.accept();
  attach(host);
  post([this] { link_->leave(); });
  EXPECT_EQ(host.read_hex(bytes_in(kCardRemove)), kCardRemove);
  host.send_hex(kSuccess);
  EXPECT_EQ(host.read_hex(bytes_in(kReaderRemove)), kReaderRemove);
  host.send_hex(kSuccess);
  EXPECT_TRUE(host.ended());
  EXPECT_EQ(end(), "");
}

TEST_F(ClientOnALink, ComesBackToAHostThatWasAway) {
  {
    const auto listener = test::RawListener::on_unix(path("vsc"));
    start("connect:unix:" + path("vsc"));
    const auto host = listener.accept();
    attach(host);
  }
  std::filesystem::remove(path("vsc"));
  const auto listener = test::RawListener::on_unix(path("vsc"));
  const auto host = listener.accept();
  attach(host);
  command(host);
  stop();
  EXPECT_THAT(notices_, testing::Contains(HasSubstr("closed the connection; trying again")));
}

TEST_F(ClientOnALink, TellsEachComingAndGoingOfAHost) {
  start("listen:unix:" + path("vsc"));
  for (int i = 0; i < 3; ++i) attach(test::RawSocket::connect_unix(path("vsc")));
  stop();
  const std::string host = "unix:" + path("vsc");
  EXPECT_THAT(notices_, testing::IsSupersetOf({host + " connected", host + " closed the connection",
                                               host + " connected", host + " closed the connection",
                                               host + " connected"}));
}

TEST_F(ClientOnALink, DoesNotFillTheLogForAHostThatComesAndGoes) {
  start("listen:unix:" + path("vsc"));
  for (int i = 0; i < 13; ++i) attach(test::RawSocket::connect_unix(path("vsc")));
  stop();
  EXPECT_EQ(std::ranges::count(notices_, "unix:" + path("vsc") + " connected"), 11);
}

TEST_F(ClientOnALink, DoesNotFillTheLogForHostsThatComeAndGoUnderAnotherNameEach) {
  start("listen:tcp://127.0.0.1:0");
  const std::string address = link_->address();
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  for (int i = 0; i < 20; ++i) attach(test::RawSocket::connect_tcp(port));
  stop();
  const auto count = [this](const char* what) {
    return std::ranges::count_if(
        notices_, [what](const std::string& line) { return line.find(what) != std::string::npos; });
  };
  EXPECT_LE(count(" connected"), 13);
  EXPECT_LE(count("closed the connection"), 13);
}

TEST_F(ClientOnALink, SaysOnceThatAStrangerCameAndWent) {
  start("listen:unix:" + path("vsc"));
  for (int i = 0; i < 3; ++i) {
    const auto stranger = test::RawSocket::connect_unix(path("vsc"));
    ASSERT_EQ(stranger.read_hex(bytes_in(kInit)), kInit);
  }
  stop();
  EXPECT_EQ(std::ranges::count(notices_, "unix:" + path("vsc") + " connected"), 1);
}

TEST_F(ClientOnALink, SaysOnceThatItTriesAgain) {
  start("connect:unix:" + path("nobody"));
  const auto listener = test::RawListener::on_unix(path("nobody"));
  attach(listener.accept());
  stop();
  EXPECT_LE(std::ranges::count_if(notices_,
                                  [](const std::string& line) {
                                    return line.find("cannot connect") != std::string::npos;
                                  }),
            1);
}

TEST_F(ClientOnALink, EndsWhenItIsNotToComeBack) {
  start("connect:unix:" + path("nobody"), LinkOptions::Reconnect::No);
  EXPECT_EQ(end(), "cannot connect to unix:" + path("nobody") + ": No such file or directory");
}

class OtherService : public ClientOnALink, public testing::WithParamInterface<const char*> {};

TEST_P(OtherService, EndsTheLink) {
  const auto listener = test::RawListener::on_unix(path("vsc"));
  start("connect:unix:" + path("vsc"));
  const auto host = listener.accept();
  host.send_hex(GetParam());
  EXPECT_THAT(end(), HasSubstr("unix:" + path("vsc") + ": the peer"));
}

INSTANTIATE_TEST_SUITE_P(
    Greetings, OtherService,
    testing::Values("5353482d322e302d4f70656e5353485f392e320d0a",        // SSH-2.0-OpenSSH_9.2
                    "485454502f312e3120343030204261642052657175657374",  // HTTP/1.1 400 Bad Request
                    "00000001000000000000000c445343560000000200000000",  // the magic reversed
                    "000000030000000000000000"));                        // ReaderAdd, no Init

TEST_F(ClientOnALink, EndsWithAHostThatRefusesTheReader) {
  const auto listener = test::RawListener::on_unix(path("vsc"));
  start("connect:unix:" + path("vsc"));
  const auto host = listener.accept();
  ASSERT_EQ(host.read_hex(bytes_in(kInit)), kInit);
  host.send_hex(kHostInit);
  host.read_hex(bytes_in(kReaderRemove));
  host.send_hex(kSuccess);
  host.read_hex(bytes_in(kReaderAdd));
  host.send_hex("00000002ffffffff0000000400000002");  // Error: cannot add more readers
  EXPECT_EQ(end(), "unix:" + path("vsc") + ": the host refuses the reader");
}

TEST_F(ClientOnALink, ServesOneHostAtATime) {
  start("listen:unix:" + path("vsc"));
  const auto first = test::RawSocket::connect_unix(path("vsc"));
  attach(first);
  for (int i = 0; i < 3; ++i) {
    const auto second = test::RawSocket::connect_unix(path("vsc"));
    EXPECT_TRUE(second.ended());
  }
  command(first);
}

TEST_F(ClientOnALink, ServesAHostBehindACrowdThatSaysNothing) {
  start("listen:unix:" + path("vsc"));
  std::vector<test::RawSocket> crowd;
  for (int i = 0; i < 500; ++i) crowd.push_back(test::RawSocket::connect_unix(path("vsc")));
  const auto host = test::RawSocket::connect_unix(path("vsc"));
  attach(host);
  command(host);
  // It keeps its place, whoever comes.
  for (int i = 0; i < 500; ++i) crowd.push_back(test::RawSocket::connect_unix(path("vsc")));
  EXPECT_TRUE(crowd.back().ended());
  command(host);
}

TEST_F(ClientOnALink, ListensOnAfterAHostThatMisbehaves) {
  start("listen:unix:" + path("vsc"));
  for (const std::string bad : {
           "ffffffffffffffffffffffff",                          // a length of 4 GiB
           "0000000700000000ffffffff",                          // an APDU of 4 GiB
           "000000",                                            // part of a header
           "00000001ffffffff0000000c000000000000000200000000",  // Init without its magic
           "000000050000000000000000",                          // a host has no ATR to send
       }) {
    auto host = test::RawSocket::connect_unix(path("vsc"));
    ASSERT_EQ(host.read_hex(bytes_in(kInit)), kInit) << bad;
    host.send_hex(bad);
    if (bad != "000000") {
      EXPECT_TRUE(host.ended()) << bad;
    }
  }
  const auto host = test::RawSocket::connect_unix(path("vsc"));
  attach(host);
  command(host);
}

TEST_F(ClientOnALink, SkipsUnknownTypesAndAnswersLongCommands) {
  start("listen:unix:" + path("vsc"));
  const auto host = test::RawSocket::connect_unix(path("vsc"));
  attach(host);
  host.send_hex("0000004d0000000000000003aabbcc");
  for (const std::size_t size : {std::size_t{271}, std::size_t{4096}, std::size_t{65544}}) {
    std::string length(8, '0');
    std::snprintf(length.data(), length.size() + 1, "%08zx", size);
    host.send_hex("0000000700000000" + length + std::string(2 * size, '0'));
    EXPECT_EQ(host.read_hex(bytes_in(kResponse)), kResponse) << size;
  }
}

TEST_F(ClientOnALink, HoldsBackAHostThatDoesNotReadItsAnswers) {
  start("listen:unix:" + path("vsc"));
  const auto host = test::RawSocket::connect_unix(path("vsc"));
  attach(host);
  // Far more answers than the socket holds; read in the end, all are there.
  constexpr int kFlushes = 100'000;
  std::thread sender([&host] {
    std::string flushes;
    for (int i = 0; i < 1000; ++i) flushes += "000000080000000000000000";
    for (int i = 0; i < kFlushes / 1000; ++i) host.send_hex(flushes);
  });
  std::string complete;
  for (int i = 0; i < 1000; ++i) complete += "000000090000000000000000";
  for (int i = 0; i < kFlushes / 1000; ++i) {
    EXPECT_EQ(host.read_hex(bytes_in(complete)), complete) << i;
  }
  sender.join();
}

TEST_F(ClientOnALink, DoesNotRunUnopenedWhereItListens) {
  Link link(
      io_.get_executor(),
      {.endpoint = chardev::parse_endpoint("listen:unix:" + path("vsc")).value()}, chardev::kUnix,
      [](chardev::Stream&) -> Awaitable<Ending> { co_return Ending{}; }, [](const Notice&) {});
  std::optional<Result<>> ended;
  async::spawn(io_.get_executor(), link.run(),
               [&ended](Result<> result) { ended = std::move(result); });
  io_.run();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->error().text, "not yet open: unix:" + path("vsc"));
}

TEST_F(ClientOnALink, RefusesToListenForOtherMachines) {
  start("listen:tcp://0.0.0.0:0");
  ASSERT_FALSE(opened_);
  EXPECT_THAT(opened_.error().text, HasSubstr("--insecure"));
}

TEST_F(ClientOnALink, RefusesToConnectToOtherMachines) {
  start("connect:tcp://192.0.2.1:1", LinkOptions::Reconnect::No);
  ASSERT_FALSE(opened_);
  EXPECT_THAT(
      opened_.error().text,
      AllOf(HasSubstr("PINs would go unencrypted"), HasSubstr("connect:tls://192.0.2.1:1"),
            HasSubstr("'connect:exec:ssh -W localhost:1 192.0.2.1'"), HasSubstr("--insecure")));
}

TEST_F(ClientOnALink, EndsWithTheOneStreamThatItWasGiven) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  start("connect:fd:" + std::to_string(ends[0]));
  test::RawSocket host(ends[1]);
  EXPECT_EQ(host.read_hex(bytes_in(kInit)), kInit);
  host.close();
  EXPECT_EQ(end(), "");
  EXPECT_THAT(notices_, testing::Contains(HasSubstr("closed the connection")));
  ::close(ends[0]);
}

TEST_F(ClientOnALink, TalksToOurOwnHost) {
  start("listen:unix:" + path("vsc"));
  asio::io_context io(1);
  fakes::RecordingHost host;
  const VscLinkOptions options{
      .link = {.endpoint = chardev::parse_endpoint("connect:unix:" + path("vsc")).value()},
      .transport = &chardev::kUnix};
  HostLink link(io.get_executor(), options, host, [](const Notice&) {});
  ASSERT_TRUE(link.open());
  async::spawn(io.get_executor(), link.run(), [](const Result<>&) {});
  const auto run_until = [&](std::size_t words) {
    while (host.words.size() < words) io.run_one();
  };
  run_until(1);
  link.transmit(kReader, SecretBytes::copy_of(from_hex("0084000008")));
  run_until(2);
  post([this] { link_->leave(); });
  run_until(4);
  EXPECT_THAT(host.words, ElementsAre("card", "9000", "no card", "no reader"));
  EXPECT_EQ(end(), "");
  link.leave();
  io.run();
}

}  // namespace
}  // namespace vscard::session
