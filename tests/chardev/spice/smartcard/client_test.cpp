// The transport against a server that says what was recorded, on real sockets.

#include "chardev/spice/smartcard/client.hpp"

#include "chardev/spice/errc.hpp"
#include "tests/chardev/run_to_end.hpp"
#include "tests/chardev/spice/recording.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vscard::chardev::spice::smartcard {
namespace {

using fakes::to_hex;
using test::recorded;
using vscard::test::RawListener;
using vscard::test::RawSocket;
using Remedy = ConnectError::Remedy;

/// Bytes of the link's result and of MAIN_INIT.
constexpr std::size_t kUpToInit = 4 + 6 + 32;

class SpiceClient : public testing::Test {
 protected:
  /// Runs a coroutine to its end; what else is under way goes on meanwhile.
  template <class T>
  T run(Awaitable<T> work) {
    return vscard::test::run_to_end(io_, std::move(work));
  }

  Connected connect() { return connect("spice://127.0.0.1:" + std::to_string(listener_.port())); }
  Connected connect(const std::string& text) {
    return run(connect_once(kSpice, io_.get_executor(), parse_address(text).value()));
  }
  /// What connecting fails with, to a server that does this with the first connection.
  ConnectError failure(std::function<void(const RawSocket&)> serve) {
    auto server = std::async(std::launch::async, [&] { serve(listener_.accept()); });
    auto stream = connect();
    server.get();
    return stream ? ConnectError{"connected"} : stream.error();
  }

  ConnectError hang_up_on_the_card(const std::string& channels_list);

  /// Both channels, as the recorded server links them.
  std::pair<RawSocket, RawSocket> link() const {
    RawSocket main = accept("main", test::kRecordedMainReply);
    RawSocket card = accept("card", test::kRecordedCardReply);
    card.send_hex("00000000");
    return {std::move(main), std::move(card)};
  }
  /// The channel's beginning, and the whole of what the main channel's server said.
  RawSocket accept(const std::string& channel, std::size_t reply) const {
    RawSocket socket = listener_.accept();
    const auto client = recorded(channel + " C");
    EXPECT_EQ(socket.read_hex(test::kRecordedRequest),
              to_hex(protocol::Bytes(client).first(test::kRecordedRequest)));
    const auto server = recorded(channel + " S");
    socket.send(protocol::Bytes(server).first(reply));
    EXPECT_EQ(socket.read_hex(test::kRecordedTicket).size(), 2 * test::kRecordedTicket);
    if (channel == "main") socket.send(protocol::Bytes(server).subspan(reply));
    return socket;
  }

  struct SmartcardSession {
    RawSocket main;
    RawSocket card;
    std::unique_ptr<Stream> stream;
  };
  SmartcardSession open() {
    auto server = std::async(std::launch::async, [this] { return link(); });
    auto stream = connect();
    auto [main, card] = server.get();
    EXPECT_TRUE(stream) << stream.error().text;
    return {std::move(main), std::move(card), stream ? std::move(*stream) : nullptr};
  }

  std::string read(Stream& stream) {
    std::array<std::uint8_t, 64> buffer{};
    const auto size = run(stream.read(buffer));
    return size ? to_hex(protocol::Bytes(buffer).first(*size)) : size.error().message();
  }

  asio::io_context io_;
  RawListener listener_ = RawListener::on_tcp();
};

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::string text_of(Errc errc) { return make_error_code(errc).message(); }

TEST_F(SpiceClient, CarriesVscAndAnswersPings) {
  SmartcardSession session = open();
  ASSERT_TRUE(session.stream);
  const auto add = protocol::vsc::encode(protocol::vsc::test::reader_add("soft"));
  EXPECT_FALSE(run(session.stream->write(add.view())));
  EXPECT_EQ(session.card.read_hex(22), "65001000000003000000ffffffff04000000736f6674");

  session.card.send_hex("04000c00000067458b6b126b8700c20c0000");
  session.card.send_hex("65001000000002000000000000000400000000000000");
  EXPECT_EQ(read(*session.stream), "00000002000000000000000400000000");
  EXPECT_EQ(session.card.read_hex(18), "03000c00000067458b6b126b8700c20c0000");
}

TEST_F(SpiceClient, EndsWithEitherChannel) {
  for (auto channel : {&SmartcardSession::main, &SmartcardSession::card}) {
    SmartcardSession session = open();
    ASSERT_TRUE(session.stream);
    (session.*channel).close();
    EXPECT_EQ(read(*session.stream), text_of(Errc::Closed));
    if (channel == &SmartcardSession::main) {
      EXPECT_TRUE(session.card.ended());
    }
  }
}

TEST_F(SpiceClient, ClosesBothChannels) {
  SmartcardSession session = open();
  ASSERT_TRUE(session.stream);
  session.stream->close();
  EXPECT_EQ(read(*session.stream), "Operation canceled");
  EXPECT_TRUE(session.card.ended());
}

TEST_F(SpiceClient, EndsWhenTheServerSaysNoSpice) {
  SmartcardSession session = open();
  ASSERT_TRUE(session.stream);
  session.card.send_hex("6500020000000000");
  EXPECT_EQ(read(*session.stream), text_of(Errc::BadMessage));
}

TEST_F(SpiceClient, GivesUpWhereItIsNotWanted) {
  const auto other = failure([](const RawSocket& server) { server.send_hex("5353482d322e30"); });
  EXPECT_EQ(other.text, text_of(Errc::NotSpice));
  EXPECT_EQ(other.remedy, Remedy::GiveUp);

  const auto denied = failure([](const RawSocket& server) {
    server.send(protocol::Bytes(recorded("main S")).first(test::kRecordedMainReply));
    server.read_hex(test::kRecordedRequest + test::kRecordedTicket);
    server.send_hex("07000000");
    EXPECT_TRUE(server.ended());
  });
  EXPECT_EQ(denied.text, text_of(Errc::NeedsPassword));
  EXPECT_EQ(denied.remedy, Remedy::GiveUp);
}

/// Hangs up on the card channel, of which the main channel has said this.
ConnectError SpiceClient::hang_up_on_the_card(const std::string& channels_list) {
  return failure([&](const RawSocket& main) {
    const auto server = recorded("main S");
    main.send(protocol::Bytes(server).first(test::kRecordedMainReply + kUpToInit));
    main.send_hex(channels_list);
    listener_.accept().read_hex(test::kRecordedRequest);
  });
}

TEST_F(SpiceClient, GivesUpWithoutACardChannel) {
  const auto missing = hang_up_on_the_card("680006000000 01000000 0300");
  EXPECT_EQ(missing.text,
            "the virtual machine has no smart card channel: give QEMU -device usb-ccid -chardev "
            "spicevmc,id=card,name=smartcard -device ccid-card-passthru,chardev=card");
  EXPECT_EQ(missing.remedy, Remedy::GiveUp);

  const auto listed = hang_up_on_the_card("680006000000 01000000 0800");
  EXPECT_EQ(listed.text, text_of(Errc::HungUp));
  EXPECT_EQ(listed.remedy, Remedy::TryAgain);
}

TEST_F(SpiceClient, TriesAgainWhenTheServerHangsUp) {
  const auto whole = recorded("main S");
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, test::kRecordedMainReply}) {
    const auto error = failure([&](const RawSocket& server) {
      server.send(protocol::Bytes(whole).first(size));
      server.read_hex(test::kRecordedRequest);
    });
    EXPECT_EQ(error.text, text_of(Errc::HungUp)) << size;
    EXPECT_EQ(error.remedy, Remedy::TryAgain) << size;
  }
}

TEST_F(SpiceClient, AsksAProxyForTheWay) {
  const vscard::test::TempFolder folder;
  const std::string file = folder.path() / "console.vv";
  vscard::test::write_text(
      file, "[virt-viewer]\ntype=spice\nhost=vm:7\nport=61000\nproxy=http://127.0.0.1:" +
                std::to_string(listener_.port()) + "/\n");
  const std::string_view question = "CONNECT vm:7:61000 HTTP/1.0\r\nHost: vm:7:61000\r\n\r\n";
  const auto answer = [&](std::string_view text) {
    auto proxy = std::async(std::launch::async, [&] {
      const RawSocket socket = listener_.accept();
      EXPECT_EQ(socket.read_hex(question.size()), to_hex(bytes_of(question)));
      socket.send(bytes_of(text));
      const bool tunnel = text.starts_with("HTTP/1.0 200");
      return tunnel ? socket.read_hex(test::kRecordedRequest) : std::string();
    });
    const auto stream = connect("spice:" + file);
    return std::pair(stream ? "" : stream.error().text, proxy.get());
  };
  const auto request = recorded("main C");
  EXPECT_EQ(answer("HTTP/1.0 200 OK\r\n\r\n"),
            std::pair(text_of(Errc::HungUp),
                      to_hex(protocol::Bytes(request).first(test::kRecordedRequest))));
  EXPECT_EQ(answer("HTTP/1.1 403 Forbidden\r\nServer: x\r\n\r\n").first,
            "the proxy refuses: HTTP/1.1 403 Forbidden");
  EXPECT_EQ(answer(std::string(5000, 'x')).first, "the proxy does not speak HTTP");
}

TEST_F(SpiceClient, DoesNotListen) {
  const auto address = parse_address("spice://127.0.0.1:5900").value();
  EXPECT_EQ(kSpice.listen(io_.get_executor(), address).error(),
            "spice: connects to a SPICE server");
}

}  // namespace
}  // namespace vscard::chardev::spice::smartcard
