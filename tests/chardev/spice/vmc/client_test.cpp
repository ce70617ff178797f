// Which channels are taken, of a server on real sockets that has what a test says.

#include "chardev/spice/smartcard/client.hpp"

#include "chardev/spice/errc.hpp"
#include "chardev/spice/vmc/usbredir.hpp"
#include "tests/chardev/run_to_end.hpp"
#include "tests/chardev/spice/recording.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/peer/raw_socket.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <future>
#include <string>
#include <utility>

namespace vscard::chardev::spice::vmc {
namespace {

using fakes::to_hex;
using test::recorded;
using vscard::test::RawListener;
using vscard::test::RawSocket;
using Remedy = ConnectError::Remedy;

const std::string kHello = "650003000000 aabbcc";
const std::string kPortA = "c9000b000000 02000000 09000000 01 6100";  // a port of the name "a"
const std::string kPortB = "c9000b000000 02000000 09000000 01 6200";
const std::string kReaderPort =
    "c9001a000000 11000000 09000000 01 6f72672e7673636172642e7673632e3000";  // org.vscard.vsc.0

class SpiceChannels : public testing::Test {
 protected:
  /// Runs a coroutine to its end; what else is under way goes on meanwhile.
  template <class T>
  T run(Awaitable<T> work) {
    return vscard::test::run_to_end(io_, std::move(work));
  }
  void poll() {
    io_.restart();
    io_.poll();
  }
  std::unique_ptr<Connector> connector(const std::string& keys = "",
                                       const Transport& transport = kSpice) {
    const std::string text = "spice://127.0.0.1:" + std::to_string(listener_.port()) + keys;
    return transport.connector(io_.get_executor(), parse_address(text).value());
  }
  /// To a server that does this meanwhile.
  Connected connect(Connector& connector, std::function<void()> serve) {
    auto server = std::async(std::launch::async, std::move(serve));
    auto stream = run(connector.connect());
    server.get();
    return stream;
  }
  std::string read(Stream& stream) {
    std::array<std::uint8_t, 64> buffer{};
    const auto size = run(stream.read(buffer));
    return size ? to_hex(protocol::Bytes(buffer).first(*size)) : size.error().message();
  }

  /// Lets the next channel in, which is of this type and number.
  RawSocket let_in(const std::string& type_and_number) const {
    RawSocket socket = listener_.accept();
    EXPECT_EQ(socket.read_hex(test::kRecordedRequest).substr(40, 4), type_and_number);
    const auto server = recorded("card S");
    socket.send(protocol::Bytes(server).first(test::kRecordedCardReply));
    socket.read_hex(test::kRecordedTicket);
    socket.send_hex("00000000");
    return socket;
  }
  /// A main channel that lists these.
  RawSocket begin_session(const std::string& list) const {
    RawSocket main = let_in("0100");
    main.send_hex("670020000000" + std::string(64, '0'));
    EXPECT_EQ(main.read_hex(6), "680000000000");
    main.send_hex(list);
    return main;
  }

  asio::io_context io_;
  RawListener listener_ = RawListener::on_tcp();
};

const std::string kTwoUsbredir = "68000a000000 03000000 0901 0900 0300";
const std::string kTwoPorts = "680008000000 02000000 0a01 0a00";
const std::string kNothing = "680004000000 00000000";
const std::string kCardAndTwoPorts = "68000a000000 03000000 0800 0a01 0a00";

TEST_F(SpiceChannels, CarriesUsbredirInTheFirstThatIsFree) {
  std::vector<RawSocket> sockets;
  const auto client = connector();
  const auto stream = connect(*client, [&] {
    sockets.push_back(begin_session(kTwoUsbredir));
    let_in("0900").close();
    sockets.push_back(let_in("0901"));
    sockets.back().send_hex(kHello);
  });
  ASSERT_TRUE(stream) << stream.error().text;
  EXPECT_EQ(read(**stream), "aabbcc");
  EXPECT_FALSE(run((*stream)->write(fakes::from_hex("1122"))));
  EXPECT_EQ(sockets.back().read_hex(8), "6500020000001122");
  (*stream)->close();
  poll();
  EXPECT_TRUE(sockets.back().ended());
}

TEST_F(SpiceChannels, HasAFurtherChannelInTheSameSession) {
  std::vector<RawSocket> sockets;
  const auto serve = [&](const std::string& channel) {
    if (sockets.empty()) sockets.push_back(begin_session(kTwoUsbredir));
    sockets.push_back(let_in(channel));
    sockets.back().send_hex(kHello);
  };
  const auto first = connector();
  const auto second = connector();
  auto one = connect(*first, [&] { serve("0900"); });
  auto two = connect(*second, [&] { serve("0901"); });
  ASSERT_TRUE(one && two);
  const auto third = connector();
  const auto none = connect(*third, [] {});
  ASSERT_FALSE(none);
  EXPECT_TRUE(
      none.error().text.starts_with("every usbredir channel of the virtual machine is in use"));
  EXPECT_EQ(none.error().remedy, Remedy::TryAgain);

  one->reset();
  poll();
  EXPECT_TRUE(sockets[1].ended());
  EXPECT_FALSE(connect(*third, [] {})) << "it is the server who closes";
  sockets[1].close();
  poll();
  auto again = connect(*third, [&] { serve("0900"); });
  ASSERT_TRUE(again) << again.error().text;
  sockets[0].close();
  EXPECT_EQ(read(**two), "aabbcc");
  EXPECT_EQ(read(**two), make_error_code(Errc::Closed).message());
  EXPECT_TRUE(sockets[2].ended());
  EXPECT_TRUE(sockets[3].ended());
}

TEST_F(SpiceChannels, BeginsAnotherSessionWhenTheLastUserHasGone) {
  for (int time = 0; time < 2; ++time) {
    std::vector<RawSocket> sockets;
    const auto client = connector();
    auto stream = connect(*client, [&] {
      sockets.push_back(begin_session(kTwoUsbredir));
      sockets.push_back(let_in("0900"));
      sockets.back().send_hex(kHello);
    });
    ASSERT_TRUE(stream) << stream.error().text;
    stream->reset();
    sockets.pop_back();
    io_.restart();
    io_.run();
    EXPECT_TRUE(sockets[0].ended());
  }
}

TEST_F(SpiceChannels, TakesAChannelThatIsSilent) {
  std::vector<RawSocket> sockets;
  const auto client = connector();
  const auto stream = connect(*client, [&] {
    sockets.push_back(begin_session(kTwoUsbredir));
    sockets.push_back(let_in("0900"));
  });
  EXPECT_TRUE(stream) << "of a machine that is stopped";
}

TEST_F(SpiceChannels, TriesAgainWhenOthersHaveAll) {
  const auto client = connector();
  const auto stream = connect(*client, [&] {
    const auto main = begin_session(kTwoUsbredir);
    let_in("0900").close();
    let_in("0901").close();
  });
  ASSERT_FALSE(stream);
  EXPECT_TRUE(
      stream.error().text.starts_with("every usbredir channel of the virtual machine is in use"));
  EXPECT_EQ(stream.error().remedy, Remedy::TryAgain);
}

TEST_F(SpiceChannels, FindsThoseThatAreNotListed) {
  std::vector<RawSocket> sockets;
  const auto client = connector();
  const auto stream = connect(*client, [&] {
    sockets.push_back(begin_session(kNothing));
    let_in("0900").close();
    sockets.push_back(let_in("0901"));
    sockets.back().send_hex(kHello);
  });
  EXPECT_TRUE(stream) << "as where a server takes several clients";
}

TEST_F(SpiceChannels, GivesUpWhereThereAreNone) {
  const auto client = connector();
  const auto stream = connect(*client, [&] {
    const auto main = begin_session(kNothing);
    listener_.accept().close();
  });
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().text,
            "the virtual machine has no usbredir channel: give QEMU -device qemu-xhci -chardev "
            "spicevmc,id=reader,name=usbredir -device usb-redir,chardev=reader");
  EXPECT_EQ(stream.error().remedy, Remedy::GiveUp);
}

TEST_F(SpiceChannels, FindsAPortByItsName) {
  std::vector<RawSocket> sockets;
  const auto client = connector(",port=b");
  const auto stream = connect(*client, [&] {
    sockets.push_back(begin_session(kTwoPorts));
    sockets.push_back(let_in("0a00"));
    sockets.back().send_hex(kPortA);
    EXPECT_TRUE(sockets.back().ended());
    sockets.back().close();
    sockets.push_back(let_in("0a01"));
    sockets.back().send_hex(kPortB + kHello);
  });
  ASSERT_TRUE(stream) << stream.error().text;
  EXPECT_EQ(read(**stream), "aabbcc");
}

TEST_F(SpiceChannels, GivesUpWithoutAPortOfTheName) {
  const auto client = connector(",port=c");
  const auto stream = connect(*client, [&] {
    const auto main = begin_session(kTwoPorts);
    let_in("0a00").send_hex(kPortA);
    const auto two = let_in("0a01");
    two.send_hex(kPortB);
  });
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().text,
            "the virtual machine has no port 'c': give QEMU -chardev spiceport,id=port,name=c");
  EXPECT_EQ(stream.error().remedy, Remedy::GiveUp);
}

TEST_F(SpiceChannels, MayWaitForAPortThatAnotherHas) {
  const auto client = connector(",port=a");
  const auto stream = connect(*client, [&] {
    const auto main = begin_session(kTwoPorts);
    let_in("0a00").close();
    const auto two = let_in("0a01");
    two.send_hex(kPortB);
  });
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().text,
            "the virtual machine has no port 'a' that is free: end its other client");
  EXPECT_EQ(stream.error().remedy, Remedy::TryAgain);
}

TEST_F(SpiceChannels, BringsACardByAReadersPort) {
  std::vector<RawSocket> sockets;
  const auto serve = [&] {
    sockets.push_back(begin_session(kCardAndTwoPorts));
    let_in("0a00").send_hex(kPortA);
    sockets.push_back(let_in("0a01"));
    sockets.back().send_hex(kReaderPort + kHello);
  };
  const auto client = connector("", smartcard::kSpice);
  const auto stream = connect(*client, serve);
  ASSERT_TRUE(stream) << stream.error().text;
  EXPECT_EQ(read(**stream), "aabbcc");
  const auto further = connector("", smartcard::kSpice);
  const auto none = connect(*further, [&] { let_in("0a00").send_hex(kPortA); });
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().text,
            "the server's reader is in use here; a further card needs another server");
  EXPECT_EQ(none.error().remedy, Remedy::TryAgain);
}

TEST_F(SpiceChannels, BringsACardByItsChannelWhereNoPortIsAReaders) {
  std::vector<RawSocket> sockets;
  const auto client = connector("", smartcard::kSpice);
  const auto stream = connect(*client, [&] {
    sockets.push_back(begin_session(kCardAndTwoPorts));
    let_in("0a00").close();  // another client has it
    let_in("0a01").send_hex(kPortB);
    sockets.push_back(let_in("0800"));
  });
  ASSERT_TRUE(stream) << stream.error().text;
}

}  // namespace
}  // namespace vscard::chardev::spice::vmc
