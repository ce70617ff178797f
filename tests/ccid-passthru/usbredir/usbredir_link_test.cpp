#include "ccid-passthru/usbredir/usbredir_link.hpp"

#include "async/spawn.hpp"
#include "chardev/transport.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/usbredir_guest.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace vscard::ccid_passthru::usbredir {
namespace {

using fakes::from_hex;
using testing::Contains;
using testing::HasSubstr;
using Lines = std::vector<std::string>;
using Unix = asio::local::stream_protocol;

const Lines kGreeting{"hello vscard test", "ep_info", "interface_info", "connect"};
const std::string kPowerOn = "62 00000000 00 01 00 0000";
const std::string kXfrBlock = "6f 05000000 00 03 00 0000 00a4040000";

/// A folder for sockets, and the only thread there is.
class World {
 public:
  World() {
    std::string name = std::filesystem::temp_directory_path() / "usbredir-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::system_category());
    folder = name;
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() { std::filesystem::remove_all(folder); }

  void run_until(const std::function<bool()>& done) {
    while (!done()) {
      if (io.run_one_for(std::chrono::seconds(20)) == 0) FAIL() << "it does not come";
    }
  }
  std::string socket() const { return folder / "usbredir.sock"; }

  asio::io_context io;
  std::filesystem::path folder;
};

/// A guest at a socket. What it has to say is sent by say(); what it reads is kept.
class SocketGuest {
 public:
  explicit SocketGuest(World& world) : world_(world), socket_(world.io) {}
  SocketGuest(const SocketGuest&) = delete;
  SocketGuest& operator=(const SocketGuest&) = delete;
  ~SocketGuest() {
    close();
    expect_end();
  }

  void connect() {
    socket_.connect(Unix::endpoint(world_.socket()));
    read();
  }
  void accept(Unix::acceptor& acceptor) {
    bool accepted = false;
    acceptor.async_accept(socket_, [&](const boost::system::error_code& error) {
      EXPECT_FALSE(error);
      accepted = true;
    });
    world_.run_until([&] { return accepted; });
    read();
  }
  void say() { asio::write(socket_, asio::buffer(guest.output())); }
  void say(protocol::Bytes bytes) {
    asio::write(socket_, asio::buffer(bytes.data(), bytes.size()));
  }
  /// Sends what fits, off the front of `bytes`; false: nothing did.
  bool say_some(protocol::Bytes& bytes) {
    socket_.non_blocking(true);
    boost::system::error_code error;
    const std::size_t sent = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    bytes = bytes.subspan(sent);
    return sent > 0;
  }
  void close() { socket_.close(); }
  void stop_reading() {
    socket_.cancel();
    expect_end();
  }

  void expect(const Lines& lines) {
    world_.run_until([&] { return seen.size() >= lines.size() || ended; });
    EXPECT_EQ(seen, lines);
    seen.clear();
  }
  void expect_end() {
    world_.run_until([&] { return ended; });
  }

  void read() {
    ended = false;
    socket_.async_read_some(asio::buffer(buffer_),
                            [this](boost::system::error_code error, std::size_t size) {
                              ended = static_cast<bool>(error);
                              if (ended) return;
                              guest.feed(protocol::Bytes(buffer_).first(size));
                              std::ranges::move(guest.seen(), std::back_inserter(seen));
                              read();
                            });
  }

  fakes::UsbredirGuest guest;
  Lines seen;
  bool ended = true;  ///< nothing is being read

 private:
  World& world_;
  Unix::socket socket_;
  std::array<std::uint8_t, 4096> buffer_{};
};

/// A device and its carrier, as a program has them.
class Export {
 public:
  Export(World& world, const std::string& mode)
      : world_(world),
        device({.id = {}, .serial = "0123456789ab", .name = "test", .speed = usb::Speed::Full}),
        carrier(world.io.get_executor(),
                {.link = {.endpoint =
                              chardev::parse_endpoint(mode + ":unix:" + world.socket()).value()},
                 .transport = &chardev::kUnix,
                 .version = "vscard test"},
                {.device = device,
                 .for_card =
                     [this](usb::Device::Actions actions) {
                       std::erase_if(actions, [](const auto& action) {
                         return std::holds_alternative<usb::Device::PowerCard>(action);
                       });
                       std::ranges::move(actions, std::back_inserter(for_card));
                     },
                 .notify = [this](const Notice& notice) { notices.push_back(notice.text); }}) {
    const auto opened = carrier.open();
    EXPECT_TRUE(opened) << opened.error().text;
    async::spawn(world.io.get_executor(), carrier.run(), [this](const Result<>& result) {
      if (!result) failure = result.error().text;
      ended = true;
    });
  }
  Export(const Export&) = delete;
  Export& operator=(const Export&) = delete;
  ~Export() {
    carrier.leave();
    world_.run_until([this] { return ended; });
  }

  void perform(usb::Device::Actions actions) {
    for (auto& action : actions) carrier.perform(std::move(action));
  }
  void insert_card() {
    const protocol::Time now{};
    perform(device.insert_card(protocol::iso7816::Atr::parse(from_hex("3b00")).value(), now));
    perform(device.expire(now + std::chrono::seconds(1)));
  }

 private:
  World& world_;

 public:
  usb::Device device;
  usb::Device::Actions for_card;  ///< without its power
  Lines notices;
  UsbredirLink carrier;
  std::string failure;
  bool ended = false;
};

/// Greets and configures as QEMU's guest does.
void configure(SocketGuest& guest) {
  guest.say();
  guest.expect(kGreeting);
  guest.guest.set_configuration(1, 1);
  guest.say();
  guest.expect({"ep_info", "interface_info", "configuration 1 id 1 status 0"});
}

void exchange_with_card(SocketGuest& guest, Export& exported) {
  guest.guest.bulk_out(2, usb::kBulkOut, from_hex(kPowerOn));
  guest.guest.bulk_in(3, usb::kBulkIn, 65556);
  guest.guest.bulk_out(4, usb::kBulkOut, from_hex(kXfrBlock));
  guest.guest.bulk_in(5, usb::kBulkIn, 65556);
  guest.say();
  guest.expect({"bulk id 2 ep 01 status 0 length 10 ",
                "bulk id 3 ep 81 status 0 length 12 800200000000010000003b00",
                "bulk id 4 ep 01 status 0 length 15 "});
  ASSERT_EQ(exported.for_card.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<usb::Device::Transmit>(exported.for_card.front()));
  exported.perform(exported.device.respond(protocol::SecretBytes::copy_of(from_hex("9000"))));
  guest.expect({"bulk id 5 ep 81 status 0 length 12 800200000000030000009000"});
  exported.for_card.clear();
}

/// Control requests with ids from 0 on.
std::vector<std::uint8_t> requests_of(fakes::UsbredirGuest& guest, std::uint64_t count) {
  std::vector<std::uint8_t> bytes;
  for (std::uint64_t id = 0; id < count; ++id) {
    guest.get_descriptor(id, 0x0200, 93);
    std::ranges::copy(guest.output(), std::back_inserter(bytes));
  }
  return bytes;
}

TEST(UsbredirLink, ServesOneGuestAfterTheOtherAndKeepsTheCard) {
  World world;
  Export exported(world, "listen");
  exported.insert_card();
  for (int i = 0; i < 3; ++i) {
    SocketGuest guest(world);
    guest.connect();
    configure(guest);
    exchange_with_card(guest, exported);
    guest.guest.start_interrupts(usb::kInterruptIn);
    guest.say();
    guest.expect({"interrupts ep 82 status 0", "interrupt ep 82 status 0 5003"});
    guest.close();
    world.run_until([&] { return !exported.carrier.remote(); });
    EXPECT_EQ(exported.device.configuration(), 0);
  }
}

TEST(UsbredirLink, ConnectsToAGuestAgainAndAgain) {
  World world;
  Unix::acceptor acceptor(world.io, Unix::endpoint(world.socket()));
  Export exported(world, "connect");
  exported.insert_card();
  for (int i = 0; i < 2; ++i) {
    SocketGuest guest(world);
    guest.accept(acceptor);
    configure(guest);
    exchange_with_card(guest, exported);
  }
}

TEST(UsbredirLink, AbortsTheCardsWorkWhenTheStreamEnds) {
  World world;
  Export exported(world, "listen");
  exported.insert_card();
  SocketGuest guest(world);
  guest.connect();
  configure(guest);
  guest.guest.bulk_out(2, usb::kBulkOut, from_hex(kPowerOn));
  guest.guest.bulk_in(3, usb::kBulkIn, 65556);
  guest.guest.bulk_out(4, usb::kBulkOut, from_hex(kXfrBlock));
  guest.say();
  world.run_until([&] { return exported.for_card.size() == 1; });
  guest.close();
  world.run_until([&] { return exported.for_card.size() == 2; });
  EXPECT_TRUE(std::holds_alternative<usb::Device::AbortTransmit>(exported.for_card.back()));
  EXPECT_FALSE(exported.device.busy());
}

TEST(UsbredirLink, ClosesAStreamThatIsNoUsbredirAndServesTheNext) {
  World world;
  const Export exported(world, "listen");
  SocketGuest browser(world);
  browser.connect();
  const std::string_view text = "GET / HTTP/1.1\r\n\r\n";
  browser.say(std::vector<std::uint8_t>(text.begin(), text.end()));
  browser.expect_end();
  EXPECT_THAT(exported.notices, Contains(HasSubstr("does not speak usbredir")));
  SocketGuest guest(world);
  guest.connect();
  configure(guest);
}

TEST(UsbredirLink, GivesUpConnectingToWhatIsNoUsbredir) {
  World world;
  Unix::acceptor acceptor(world.io, Unix::endpoint(world.socket()));
  Export exported(world, "connect");
  SocketGuest stranger(world);
  stranger.accept(acceptor);
  stranger.say(from_hex("564d5344 00000001 00000000 00000000"));
  world.run_until([&] { return exported.ended; });
  EXPECT_THAT(exported.failure, HasSubstr("does not speak usbredir"));
}

TEST(UsbredirLink, ClosesAStreamWithAHugePacketAndServesTheNext) {
  World world;
  const Export exported(world, "listen");
  SocketGuest hostile(world);
  hostile.connect();
  configure(hostile);
  hostile.say(from_hex("65000000 00000008 0100000000000000"));  // 128 MiB
  hostile.expect_end();
  EXPECT_THAT(exported.notices, Contains(HasSubstr("too long")));
  SocketGuest guest(world);
  guest.connect();
  configure(guest);
}

TEST(UsbredirLink, TellsTheUserOfARejectionAndStaysConnected) {
  World world;
  const Export exported(world, "listen");
  SocketGuest guest(world);
  guest.connect();
  guest.say();
  guest.expect(kGreeting);
  usbredirparser_send_filter_reject(guest.guest.parser());
  usbredirparser_send_get_configuration(guest.guest.parser(), 1);
  guest.say();
  guest.expect({"configuration 0 id 1 status 0"});
  EXPECT_THAT(exported.notices, Contains(HasSubstr("filter=")));
}

// A paused virtual machine: its requests wait in the sockets, not here. When it goes on, each has
// its answer.
TEST(UsbredirLink, DoesNotReadFromAGuestThatDoesNotRead) {
  constexpr std::uint64_t requests = 50'000;
  World world;
  const Export exported(world, "listen");
  SocketGuest guest(world);
  guest.connect();
  configure(guest);
  guest.stop_reading();

  const auto bytes = requests_of(guest.guest, requests);
  protocol::Bytes rest = bytes;
  while (guest.say_some(rest) || world.io.poll() > 0) {
  }
  EXPECT_GT(rest.size(), bytes.size() / 2) << "of " << bytes.size();

  guest.read();
  world.run_until([&] {
    guest.say_some(rest);
    return guest.seen.size() == requests;
  });
  EXPECT_THAT(guest.seen.back(), HasSubstr("control id 49999 status 0 length 93 0902"));
}

TEST(UsbredirLink, UnplugsTheDeviceWhenItLeaves) {
  World world;
  Export exported(world, "listen");
  SocketGuest guest(world);
  guest.connect();
  configure(guest);
  exported.carrier.leave();
  guest.expect({"disconnect"});
  guest.expect_end();
}

TEST(UsbredirLink, LeavesAlsoAGuestThatDoesNotRead) {
  World world;
  Export exported(world, "listen");
  SocketGuest guest(world);
  guest.connect();
  configure(guest);
  guest.stop_reading();
  const auto bytes = requests_of(guest.guest, 20'000);
  protocol::Bytes rest = bytes;
  while (guest.say_some(rest) || world.io.poll() > 0) {
  }
  exported.carrier.leave();
  world.run_until([&] { return !exported.carrier.remote(); });
}

}  // namespace
}  // namespace vscard::ccid_passthru::usbredir
