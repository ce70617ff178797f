// What may go wrong at the other end, and between pcscd's threads: an error, never a hang.

#include "tests/pcsc-bridge/ifd/handler_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace vscard::pcsc_bridge::ifd::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using vscard::test::RawSocket;

class IfdFaults : public testing::Test, protected Host {};

/// Sends a command that the client has read, and not answered.
std::future<RESPONSECODE> pend(const Inserted& card) {
  auto result =
      std::async(std::launch::async, [&] { return card.reader.transmit("00840000").code; });
  expect(card.client, apdu("00840000"));
  return result;
}

TEST_F(IfdFaults, ASilentClientsCardIsRemovedUntilItAnswers) {
  const Inserted card(*this, "apdu-timeout=1");
  EXPECT_EQ(pend(card).get(), IFD_RESPONSE_TIMEOUT);
  card.reader.wait_for_presence(IFD_ICC_NOT_PRESENT);
  card.client.send_hex(apdu("9000"));
  card.reader.wait_for_presence(IFD_ICC_PRESENT);
  auto result =
      std::async(std::launch::async, [&] { return card.reader.transmit("00850000").hex; });
  expect(card.client, apdu("00850000"));
  card.client.send_hex(apdu("6d00"));
  EXPECT_EQ(result.get(), "6d00");
}

TEST_F(IfdFaults, ASilentClientHoldsUpNoOtherReader) {
  const Inserted silent(*this);
  auto pending = pend(silent);
  const Reader other(module(), 0x10000, listen("other"));
  const auto good = connect_card(path("other"));
  other.wait_for_presence(IFD_ICC_PRESENT);
  auto result = std::async(std::launch::async, [&] { return other.transmit("00840000").hex; });
  expect(good, apdu("00840000"));
  good.send_hex(apdu("9000"));
  EXPECT_EQ(result.get(), "9000");
  // Nor what pcscd asks of the reader itself.
  EXPECT_EQ(silent.reader.presence(), IFD_ICC_PRESENT);
  EXPECT_EQ(silent.reader.get(SCARD_ATTR_VENDOR_NAME).code, IFD_SUCCESS);
  EXPECT_EQ(silent.reader.control(CM_IOCTL_GET_FEATURE_REQUEST).code, IFD_SUCCESS);
  silent.reader.close();
  EXPECT_EQ(pending.get(), IFD_COMMUNICATION_ERROR);
}

TEST_F(IfdFaults, AClientThatIsKilledFailsItsCommand) {
  Inserted card(*this);
  auto pending = pend(card);
  card.client.close();
  EXPECT_EQ(pending.get(), IFD_COMMUNICATION_ERROR);
  wait_for_log("a command got no answer: ");
  card.reader.wait_for_presence(IFD_ICC_NOT_PRESENT);
  const auto next = connect_card(path("vsc"));
  card.reader.wait_for_presence(IFD_ICC_PRESENT);
}

TEST_F(IfdFaults, ACardThatIsRemovedFailsItsCommand) {
  const Inserted card(*this);
  auto pending = pend(card);
  card.client.send_hex(kCardRemove);
  EXPECT_EQ(pending.get(), IFD_ICC_NOT_PRESENT);
}

TEST_F(IfdFaults, ACardWithoutAnAnswerIsAnError) {
  const Inserted card(*this);
  auto pending = pend(card);
  card.client.send_hex("00000002000000000000000400000001");
  EXPECT_EQ(pending.get(), IFD_COMMUNICATION_ERROR);
  EXPECT_EQ(card.reader.presence(), IFD_ICC_PRESENT);
}

TEST_F(IfdFaults, OneCommandAtATime) {
  const Inserted card(*this);
  auto pending = pend(card);
  EXPECT_EQ(card.reader.transmit("00850000").code, IFD_COMMUNICATION_ERROR);
  card.client.send_hex(apdu("9000"));
  EXPECT_EQ(pending.get(), IFD_SUCCESS);
}

TEST_F(IfdFaults, GarbageIsClosedAndTheNextClientServed) {
  const Reader reader(module(), 0, listen("vsc"));
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
  EXPECT_THAT(log_lines(), Contains(HasSubstr("error: vscard: unix:" + path("vsc"))));
}

TEST_F(IfdFaults, ASecondClientIsTurnedAway) {
  const Inserted card(*this);
  EXPECT_TRUE(RawSocket::connect_unix(path("vsc")).ended());
  wait_for_log("turned unix:" + path("vsc") + " away");
  auto pending = pend(card);
  card.client.send_hex(apdu("9000"));
  EXPECT_EQ(pending.get(), IFD_SUCCESS);
}

TEST_F(IfdFaults, ClosingAReaderFailsWhatIsUnderWay) {
  const Inserted card(*this);
  auto pending = pend(card);
  std::thread watching([&] { card.reader.wait(600'000); });
  card.reader.close();
  EXPECT_EQ(pending.get(), IFD_COMMUNICATION_ERROR);
  watching.join();
  EXPECT_TRUE(card.client.ended());
  EXPECT_EQ(card.reader.presence(), IFD_NO_SUCH_DEVICE);
}

TEST_F(IfdFaults, ClosesAReaderWhoseClientDoesNotRead) {
  const Inserted card(*this, "peer-max-apdu=65544");
  std::thread sender([&] {
    // Answers that nobody reads fill the socket, and then the handler reads no more.
    const auto flood = [&] {
      for (int i = 0; i < 100'000; ++i) card.client.send_hex(kAtrMessage);
    };
    EXPECT_THROW(flood(), std::runtime_error);  // closed
  });
  wait_for_log("card inserted");
  card.reader.close();
  sender.join();
}

TEST_F(IfdFaults, APeerOfAnotherKindIsTriedAgain) {
  const auto listener = vscard::test::RawListener::on_unix(path("vsc"));
  const Reader reader(module(), 0, "connect:unix:" + path("vsc"));
  listener.accept().send_hex("5353482d322e300d0a0d0a0d0a");  // SSH-2.0
  wait_for_log("trying again from time to time");
}

class BadDevice : public IfdFaults, public testing::WithParamInterface<const char*> {};

TEST_P(BadDevice, IsRefusedWithALine) {
  std::string device = GetParam();
  const std::size_t before = log_lines().size();
  EXPECT_EQ(module().create_by_name(0, device.data()), IFD_COMMUNICATION_ERROR);
  ASSERT_EQ(log_lines().size(), before + 1);
  EXPECT_THAT(log_lines().back(), HasSubstr("error: vscard: "));
  EXPECT_EQ(module().presence(0), IFD_NO_SUCH_DEVICE);
}

INSTANTIATE_TEST_SUITE_P(Names, BadDevice,
                         testing::Values("", "nonsense", "/nowhere/reader.conf",
                                         "listen:carrier:pigeon", "listen:unix:",
                                         "listen:unix:/nowhere/vsc", "listen:tcp://0.0.0.0:0"));

TEST_F(IfdFaults, NoReaderWithoutADeviceName) {
  EXPECT_EQ(module().create(0, 1), IFD_NOT_SUPPORTED);
  wait_for_log("no DEVICENAME");
}

TEST_F(IfdFaults, NoReaderTwice) {
  const Reader reader(module(), 0, listen("vsc"));
  EXPECT_THROW(Reader(module(), 0, listen("other")), std::runtime_error);
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
        module().get(lun, SCARD_ATTR_VENDOR_NAME, &size, buffer.data());
        module().presence(lun);
        size = buffer.size();
        SCARD_IO_HEADER received{};
        module().transmit(lun, {}, command.data(), command.size(), buffer.data(), &size, &received);
      }
    });
  }
  for (int round = 0; round < kRounds; ++round) {
    const Reader first(module(), 0, listen("0"));
    const Reader second(module(), 0x10000, listen("1"));
    const auto client = connect_card(path("0"));
    const Reader third(module(), 0x20000, listen("2"));
    first.wait_for_presence(IFD_ICC_PRESENT);
    expect(client, apdu("00840000"));
  }
  done = true;
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace vscard::pcsc_bridge::ifd::test
