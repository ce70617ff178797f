// What may go wrong at the other end, and between pcscd's threads: an error, never a hang.

#include "tests/pcsc-bridge/ifd_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace vscard::ifd::test {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using vscard::test::RawSocket;

class IfdFaults : public testing::Test, protected Host {
 protected:
  /// Sends a command that the client has read, and not answered.
  static std::future<RESPONSECODE> pend(const Reader& reader, const RawSocket& client) {
    auto result = std::async(std::launch::async, [&] { return reader.transmit("00840000").code; });
    expect(client, apdu("00840000"));
    return result;
  }

  Module module_;
};

TEST_F(IfdFaults, ASilentClientsCardIsRemovedUntilItAnswers) {
  const Reader reader(module_, 0, listen("vsc", "apdu-timeout=1"));
  const auto client = connect_card(path("vsc"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
  EXPECT_EQ(pend(reader, client).get(), IFD_RESPONSE_TIMEOUT);
  reader.wait_for_presence(IFD_ICC_NOT_PRESENT);
  client.send_hex(apdu("9000"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
  auto result = std::async(std::launch::async, [&] { return reader.transmit("00850000").hex; });
  expect(client, apdu("00850000"));
  client.send_hex(apdu("6d00"));
  EXPECT_EQ(result.get(), "6d00");
}

TEST_F(IfdFaults, ASilentClientHoldsUpNoOtherReader) {
  const Reader silent(module_, 0, listen("silent"));
  const auto client = connect_card(path("silent"));
  silent.wait_for_presence(IFD_ICC_PRESENT);
  auto pending = pend(silent, client);
  const Reader other(module_, 0x10000, listen("other"));
  const auto good = connect_card(path("other"));
  other.wait_for_presence(IFD_ICC_PRESENT);
  auto result = std::async(std::launch::async, [&] { return other.transmit("00840000").hex; });
  expect(good, apdu("00840000"));
  good.send_hex(apdu("9000"));
  EXPECT_EQ(result.get(), "9000");
  // Nor what pcscd asks of the reader itself.
  EXPECT_EQ(silent.presence(), IFD_ICC_PRESENT);
  EXPECT_EQ(silent.get(SCARD_ATTR_VENDOR_NAME).code, IFD_SUCCESS);
  EXPECT_EQ(silent.control(CM_IOCTL_GET_FEATURE_REQUEST).code, IFD_SUCCESS);
  silent.close();
  EXPECT_EQ(pending.get(), IFD_COMMUNICATION_ERROR);
}

TEST_F(IfdFaults, AClientThatIsKilledFailsItsCommand) {
  const Reader reader(module_, 0, listen("vsc"));
  auto client = connect_card(path("vsc"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
  auto pending = pend(reader, client);
  client.close();
  EXPECT_EQ(pending.get(), IFD_COMMUNICATION_ERROR);
  wait_for_log("a command got no answer: ");
  reader.wait_for_presence(IFD_ICC_NOT_PRESENT);
  const auto next = connect_card(path("vsc"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
}

TEST_F(IfdFaults, ACardThatIsRemovedFailsItsCommand) {
  const Reader reader(module_, 0, listen("vsc"));
  const auto client = connect_card(path("vsc"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
  auto pending = pend(reader, client);
  client.send_hex(kCardRemove);
  EXPECT_EQ(pending.get(), IFD_ICC_NOT_PRESENT);
}

TEST_F(IfdFaults, ACardWithoutAnAnswerIsAnError) {
  const Reader reader(module_, 0, listen("vsc"));
  const auto client = connect_card(path("vsc"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
  auto pending = pend(reader, client);
  client.send_hex("00000002000000000000000400000001");
  EXPECT_EQ(pending.get(), IFD_COMMUNICATION_ERROR);
  EXPECT_EQ(reader.presence(), IFD_ICC_PRESENT);
}

TEST_F(IfdFaults, OneCommandAtATime) {
  const Reader reader(module_, 0, listen("vsc"));
  const auto client = connect_card(path("vsc"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
  auto pending = pend(reader, client);
  EXPECT_EQ(reader.transmit("00850000").code, IFD_COMMUNICATION_ERROR);
  client.send_hex(apdu("9000"));
  EXPECT_EQ(pending.get(), IFD_SUCCESS);
}

TEST_F(IfdFaults, GarbageIsClosedAndTheNextClientServed) {
  const Reader reader(module_, 0, listen("vsc"));
  for (const std::string garbage : {
           "474554202f20485454502f312e310d0a0d0a",              // GET / HTTP/1.1
           "ffffffffffffffffffffffff",                          // a length of 4 GiB
           "00000001000000000000000c444353560000000200000000",  // the magic reversed
           "0000000700000000000000029000",                      // an APDU before Init
       }) {
    const auto client = RawSocket::connect_unix(path("vsc"));
    client.send_hex(garbage);
    EXPECT_TRUE(client.ended()) << garbage;
  }
  const auto client = connect_card(path("vsc"));
  client.send_hex("0000000500000000000000213b" + std::string(64, 'f'));  // no ATR
  expect(client, "00000002000000000000000400000001");
  client.send_hex("0000000700000000ffffffff");
  EXPECT_TRUE(client.ended());
  const auto next = connect_card(path("vsc"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
  EXPECT_THAT(log_lines(), Contains(AnyOf(HasSubstr("error: vscard: unix:" + path("vsc")))));
}

TEST_F(IfdFaults, ASecondClientIsTurnedAway) {
  const Reader reader(module_, 0, listen("vsc"));
  const auto client = connect_card(path("vsc"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
  EXPECT_TRUE(RawSocket::connect_unix(path("vsc")).ended());
  wait_for_log("turned unix:" + path("vsc") + " away");
  auto pending = pend(reader, client);
  client.send_hex(apdu("9000"));
  EXPECT_EQ(pending.get(), IFD_SUCCESS);
}

TEST_F(IfdFaults, ClosingAReaderFailsWhatIsUnderWay) {
  const Reader reader(module_, 0, listen("vsc"));
  const auto client = connect_card(path("vsc"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
  auto pending = pend(reader, client);
  std::thread watching([&] { reader.wait(600'000); });
  reader.close();
  EXPECT_EQ(pending.get(), IFD_COMMUNICATION_ERROR);
  watching.join();
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(reader.presence(), IFD_NO_SUCH_DEVICE);
}

TEST_F(IfdFaults, ClosesAReaderWhoseClientDoesNotRead) {
  const Reader reader(module_, 0, listen("vsc", "peer-max-apdu=65544"));
  const auto client = connect_card(path("vsc"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
  std::thread sender([&] {
    // Answers that nobody reads fill the socket, and then the handler reads no more.
    const auto flood = [&client] {
      for (int i = 0; i < 100'000; ++i) client.send_hex(kAtrMessage);
    };
    EXPECT_THROW(flood(), std::runtime_error);  // closed
  });
  wait_for_log("card inserted");
  reader.close();
  sender.join();
}

TEST_F(IfdFaults, APeerOfAnotherKindIsTriedAgain) {
  const auto listener = vscard::test::RawListener::on_unix(path("vsc"));
  const Reader reader(module_, 0, "connect:unix:" + path("vsc"));
  listener.accept().send_hex("5353482d322e300d0a0d0a0d0a");  // SSH-2.0
  wait_for_log("trying again every now and then");
}

class BadDevice : public IfdFaults, public testing::WithParamInterface<const char*> {};

TEST_P(BadDevice, IsRefusedWithALine) {
  std::string device = GetParam();
  const std::size_t before = log_lines().size();
  EXPECT_EQ(module_.create_by_name(0, device.data()), IFD_COMMUNICATION_ERROR);
  ASSERT_EQ(log_lines().size(), before + 1);
  EXPECT_THAT(log_lines().back(), HasSubstr("error: vscard: "));
  EXPECT_EQ(module_.presence(0), IFD_NO_SUCH_DEVICE);
}

INSTANTIATE_TEST_SUITE_P(Names, BadDevice,
                         testing::Values("", "nonsense", "/nowhere/reader.conf",
                                         "listen:carrier:pigeon", "listen:unix:",
                                         "listen:unix:/nowhere/vsc", "listen:tcp://0.0.0.0:0"));

TEST_F(IfdFaults, NoReaderWithoutADeviceName) {
  EXPECT_EQ(module_.create(0, 1), IFD_NOT_SUPPORTED);
  wait_for_log("no DEVICENAME");
}

TEST_F(IfdFaults, NoReaderTwice) {
  const Reader reader(module_, 0, listen("vsc"));
  EXPECT_THROW(Reader(module_, 0, listen("other")), std::runtime_error);
}

// Readers that come and go under the hands of threads that use them.
TEST_F(IfdFaults, ThreadsAndClosingReadersDoNotMix) {
  constexpr int kRounds = 30;
  constexpr DWORD kReaders = 3;
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (DWORD i = 0; i < 2 * kReaders; ++i) {
    threads.emplace_back([&, lun = i % kReaders << 16] {
      std::array<UCHAR, 256> buffer{};
      std::array<UCHAR, 4> command{0, 0x84, 0, 0};
      while (!done) {
        DWORD size = buffer.size();
        module_.get(lun, SCARD_ATTR_VENDOR_NAME, &size, buffer.data());
        module_.presence(lun);
        size = buffer.size();
        SCARD_IO_HEADER received{};
        module_.transmit(lun, {}, command.data(), command.size(), buffer.data(), &size, &received);
      }
    });
  }
  for (int round = 0; round < kRounds; ++round) {
    const Reader first(module_, 0, listen("0"));
    const Reader second(module_, 0x10000, listen("1"));
    const auto client = connect_card(path("0"));
    const Reader third(module_, 0x20000, listen("2"));
    first.wait_for_presence(IFD_ICC_PRESENT);
    expect(client, apdu("00840000"));
  }
  done = true;
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace vscard::ifd::test
