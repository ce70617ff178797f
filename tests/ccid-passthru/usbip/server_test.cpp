// The program as an exporter: clients at its socket that list, import, and do neither.

#include "ccid-passthru/usb/descriptors.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/usbip_client.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace vscard::ccid_passthru::usbip {
namespace {

using ccid::CommandType;
using fakes::from_hex;
using fakes::UsbipClient;
using testing::HasSubstr;
using vscard::test::Child;
using vscard::test::RawSocket;
namespace vsc = protocol::vsc::test;
using Raw = UsbipClient::Raw;

constexpr std::uint8_t kBulk = 1;
constexpr std::size_t kImported = 8 + 0x138;  ///< bytes of the answer

/// A client that has a reader.
class Attached {
 public:
  Attached(RawSocket socket, const std::string& bus_id) : socket_(std::move(socket)) {
    socket_.send(UsbipClient::import_request(bus_id));
    answer_ = socket_.read_hex(kImported);
    if (imported()) exchange(client_.configure(++sequence_), 48);
  }
  bool imported() const { return answer_.starts_with("0111000300000000"); }
  const std::string& answer() const { return answer_; }
  UsbipClient& client() { return client_; }
  const RawSocket& socket() const { return socket_; }

  /// Sends, and reads so many bytes: lines.
  std::vector<std::string> exchange(const Raw& bytes, std::size_t size) {
    socket_.send(bytes);
    return client_.feed(from_hex(socket_.read_hex(size)));
  }
  /// The answer to GetSlotStatus, as text_of() has it.
  std::string slot_status() {
    exchange(client_.out(++sequence_, kBulk, fakes::command(CommandType::GetSlotStatus, 1)), 48);
    const auto lines = exchange(client_.in(++sequence_, kBulk, 64), 48 + 10);
    return fakes::text_of(from_hex(lines.back().substr(lines.back().rfind(' ') + 1)));
  }

 private:
  RawSocket socket_;
  UsbipClient client_;
  std::uint32_t sequence_ = 1000;
  std::string answer_;
};

class UsbipServer : public testing::Test {
 protected:
  UsbipServer() { program_.wait_for("bob: listening on unix:" + place() + " bus id 1-2"); }
  void TearDown() override {
    // Connections of before may still be in line for it; a refusal comes 100 ms late.
    Attached decent = attach("1-1");
    for (int i = 0; i < 100 && !decent.imported(); ++i) decent = attach("1-1");
    EXPECT_EQ(decent.slot_status(), "SlotStatus 1 02 00 00");
    program_.signal(SIGTERM);
    EXPECT_EQ(program_.wait(), 0) << program_.log();
  }

  std::string path(const std::string& name) const { return folder_.path() / name; }
  std::string place() const { return path("usbip"); }
  RawSocket connection() const { return RawSocket::connect_unix(place()); }
  Attached attach(const std::string& bus_id) const { return {connection(), bus_id}; }
  std::string list() const {
    const RawSocket socket = connection();
    socket.send(UsbipClient::list_request());
    const std::string devices = socket.read_hex(12 + 2 * (0x138 + 4));
    EXPECT_TRUE(socket.ended());
    return devices;
  }

  vscard::test::TempFolder folder_;
  Child program_{{CCID_PASSTHRU_PROGRAM, "--usbip", "listen:unix:" + place(), "--reader", "alice",
                  "--vsc", "listen:unix:" + path("a"), "--reader", "bob", "--vsc",
                  "listen:unix:" + path("b"), "--speed", "high"}};
};

TEST_F(UsbipServer, ListsAllReadersAlsoThoseThatAreTaken) {
  const std::string before = list();
  EXPECT_TRUE(
      before.starts_with("0111000500000000"
                         "00000002"));
  EXPECT_THAT(before, HasSubstr("312d31"));
  EXPECT_THAT(before, HasSubstr("312d32"));
  const Attached alice = attach("1-1");
  EXPECT_TRUE(alice.imported());
  EXPECT_EQ(list(), before);
}

TEST_F(UsbipServer, GivesAReaderToOneClientAtATime) {
  Attached alice = attach("1-1");
  Attached bob = attach("1-2");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(attach("1-1").answer(), "0111000300000001");
  program_.wait_for("it asked for a reader that another client has");
  EXPECT_EQ(alice.slot_status(), "SlotStatus 1 02 00 00");
  EXPECT_EQ(bob.slot_status(), "SlotStatus 1 02 00 00");
}

TEST_F(UsbipServer, HasAReaderForEachCardOfAClient) {
  const RawSocket client = RawSocket::connect_unix(path("a"));
  for (const auto& message :
       {vsc::init(protocol::vsc::kExtension), vsc::ext_hello(), vsc::reader_add("a"),
        vsc::reader_add("b"), vsc::atr("3b00", protocol::vsc::ReaderId{1})}) {
    client.send(protocol::vsc::encode(message).view());
  }
  program_.wait_for("alice-2: card inserted");
  EXPECT_EQ(attach("1-3").slot_status(), "SlotStatus 1 01 00 00");
  EXPECT_THAT(attach("alice-2").answer(), HasSubstr("616c6963652d32"));
  EXPECT_EQ(attach("1-1").slot_status(), "SlotStatus 1 02 00 00");
}

TEST_F(UsbipServer, GivesAReaderAgainWhenItsClientHasGone) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(attach("1-1").imported()) << i;
}

TEST_F(UsbipServer, KnowsAReaderByItsName) {
  EXPECT_THAT(attach("bob").answer(), HasSubstr("626f62000000"));
  for (const char* unknown : {"1-3", "carol", "1-", "11-1"}) {
    EXPECT_EQ(attach(unknown).answer(), "0111000300000001") << unknown;
  }
}

TEST_F(UsbipServer, IsNotKeptFromOthersByThoseWhoSayNothing) {
  std::vector<RawSocket> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(connection());
  for (std::size_t newest = 80; newest < 100; ++newest) silent[newest].send_hex("0111");
  EXPECT_TRUE(attach("1-1").imported());
  EXPECT_TRUE(silent.front().ended()) << "of many the oldest gives way";
}

TEST_F(UsbipServer, ClosesWhatIsNotUsbip) {
  for (const char* other : {"474554202f20485454502f312e31", "1603010200010001", "0106800500000000",
                            "0111000300000000", "ffffffffffffffff"}) {
    const RawSocket socket = connection();
    socket.send_hex(other);
    EXPECT_TRUE(socket.ends_within(std::chrono::seconds(10))) << other;
  }
  program_.wait_for("TLS");
}

TEST_F(UsbipServer, SurvivesAClientThatIsGoneAtAnyByte) {
  UsbipClient client;
  Raw all = UsbipClient::import_request("1-1");
  const auto add = [&all](const Raw& more) { all.insert(all.end(), more.begin(), more.end()); };
  add(client.configure(1));
  add(client.in(2, 2, 8));
  add(client.in(3, 2, 8));
  add(client.out(4, kBulk, fakes::command(CommandType::IccPowerOn, 1)));
  add(client.in(5, kBulk, 65556));
  add(client.unlink(6, 3));
  for (std::size_t size = 0; size <= all.size(); ++size) {
    connection().send(protocol::Bytes(all).first(size));
  }
}

TEST_F(UsbipServer, BoundsWhatAClientMayHavePending) {
  Attached alice = attach("1-1");
  constexpr std::uint32_t kMany = 20'000;
  Raw all;
  for (std::uint32_t i = 1; i <= kMany; ++i) {
    const Raw one = alice.client().in(i, kBulk, 65556);
    all.insert(all.end(), one.begin(), one.end());
  }
  protocol::Bytes rest = all;
  std::vector<std::uint8_t> answers;
  while (answers.size() < std::size_t{kMany - 2048} * 48) {
    const auto some = alice.socket().exchange_some(rest);
    ASSERT_TRUE(some);
    answers.insert(answers.end(), some->begin(), some->end());
  }
  EXPECT_THAT(alice.client().feed(answers), testing::Each(HasSubstr("status -12 length 0")));
  EXPECT_EQ(alice.client().wrong(), "");
}

TEST_F(UsbipServer, EndsTheConnectionOfAClientThatBreaksTheProtocol) {
  for (const Raw& bad : {Raw(48, 0xff), UsbipClient().submit(1, kBulk, 1U << 31, {})}) {
    const Attached alice = attach("1-1");
    alice.socket().send(bad);
    EXPECT_TRUE(alice.socket().ended());
  }
}

TEST_F(UsbipServer, TakesNoMoreFromAClientThatDoesNotRead) {
  Attached alice = attach("1-1");
  Raw all;
  for (std::uint32_t i = 1; i <= 100'000; ++i) {
    const Raw one = alice.client().control(
        i, {.request_type = 0x80, .request = 6, .value = 0x0200, .length = 255});
    all.insert(all.end(), one.begin(), one.end());
  }
  protocol::Bytes rest = all;
  for (int round = 0; round < 20; ++round) {
    while (alice.socket().send_some(rest)) {
    }
    EXPECT_FALSE(list().empty()) << "others are served";
  }
  EXPECT_GT(rest.size(), all.size() / 2) << "it takes no more";
}

}  // namespace
}  // namespace vscard::ccid_passthru::usbip
