// Cards and APDUs through the handler's C functions, as pcscd calls them.

#include "tests/pcsc-bridge/ifd/handler_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace vscard::pcsc_bridge::ifd::test {
namespace {

using Result = Reader::Result;

/// Sends a command on a thread of its own.
std::future<Result> transmit(const Reader& reader, const std::string& command) {
  return std::async(std::launch::async, [&reader, command] { return reader.transmit(command); });
}

class IfdCards : public testing::Test, protected Host {};

TEST_F(IfdCards, ShowsACardThatComesAndGoes) {
  const Reader reader(module(), 0, listen("vsc"));
  EXPECT_EQ(reader.presence(), IFD_ICC_NOT_PRESENT);
  EXPECT_EQ(reader.power(IFD_POWER_UP).code, IFD_ERROR_POWER_ACTION);
  EXPECT_EQ(reader.get(TAG_IFD_ATR), (Result{IFD_SUCCESS, ""}));
  const auto client = connect_card(path("vsc"));
  reader.wait_for_presence(IFD_ICC_PRESENT);
  EXPECT_EQ(reader.power(IFD_POWER_UP), (Result{IFD_SUCCESS, kAtr}));
  EXPECT_EQ(reader.power(IFD_RESET), (Result{IFD_SUCCESS, kAtr}));
  EXPECT_EQ(reader.power(IFD_POWER_DOWN), (Result{IFD_SUCCESS, ""}));
  EXPECT_EQ(reader.power(4711).code, IFD_NOT_SUPPORTED);
  EXPECT_EQ(reader.get(TAG_IFD_ATR), (Result{IFD_SUCCESS, kAtr}));
  EXPECT_EQ(reader.get(SCARD_ATTR_ATR_STRING), (Result{IFD_SUCCESS, kAtr}));
  client.send_hex(kCardRemove);
  reader.wait_for_presence(IFD_ICC_NOT_PRESENT);
  EXPECT_EQ(reader.transmit("00840000").code, IFD_ICC_NOT_PRESENT);
}

TEST_F(IfdCards, TakesACommandToTheCardAndItsResponseBack) {
  const Inserted card(*this);
  for (const std::string response : {"9000", "6982", "0102039000"}) {
    auto result = transmit(card.reader, "0084000008");
    expect(card.client, apdu("0084000008"));
    card.client.send_hex(apdu(response));
    EXPECT_EQ(result.get(), (Result{IFD_SUCCESS, response}));
  }
}

TEST_F(IfdCards, ConnectsToAClientThatListens) {
  const auto listener = vscard::test::RawListener::on_unix(path("vsc"));
  const Reader reader(module(), 0, "connect:unix:" + path("vsc"));
  const auto client = listener.accept();
  client.send_hex(kInit + std::string(kReaderAdd) + kAtrMessage);
  reader.wait_for_presence(IFD_ICC_PRESENT);
}

TEST_F(IfdCards, AnswersALongCommandWithoutTheCard) {
  const Inserted card(*this);
  EXPECT_EQ(card.reader.transmit(std::string(std::size_t{2} * 271, '0')),
            (Result{IFD_SUCCESS, "6700"}));
  // The card sees the next one alone.
  auto result = transmit(card.reader, "0084000008");
  expect(card.client, apdu("0084000008"));
  card.client.send_hex(apdu("9000"));
  EXPECT_EQ(result.get().hex, "9000");
}

TEST_F(IfdCards, TakesTheLongestCommandToAClientThatCanTakeIt) {
  const Inserted card(*this, "peer-max-apdu=65544");
  const std::string command(std::size_t{2} * 65544, 'a');
  const std::string response = std::string(std::size_t{2} * 65536, 'b') + "9000";
  auto result = transmit(card.reader, command);
  expect(card.client, apdu(command));
  card.client.send_hex(apdu(response));
  EXPECT_EQ(result.get(), (Result{IFD_SUCCESS, response}));
  EXPECT_EQ(card.reader.transmit(command + "00").hex, "6700");
}

TEST_F(IfdCards, KeepsAResponseThatHasNoRoomToItself) {
  const Inserted card(*this);
  auto result = std::async(std::launch::async, [&] { return card.reader.transmit("00840000", 2); });
  expect(card.client, apdu("00840000"));
  card.client.send_hex(apdu("aa9000"));
  EXPECT_EQ(result.get(), (Result{IFD_ERROR_INSUFFICIENT_BUFFER, ""}));
}

TEST_F(IfdCards, SpeaksTheProtocolsOfTheCard) {
  const Reader reader(module(), 0, listen("vsc"));
  EXPECT_EQ(module().set_protocol(0, SCARD_PROTOCOL_T0, 0, 0, 0, 0), IFD_ICC_NOT_PRESENT);
  const auto client = connect_card(path("vsc"));  // T=0
  reader.wait_for_presence(IFD_ICC_PRESENT);
  EXPECT_EQ(module().set_protocol(0, SCARD_PROTOCOL_T0, 0, 0, 0, 0), IFD_SUCCESS);
  EXPECT_EQ(module().set_protocol(0, SCARD_PROTOCOL_T1, 0, 0, 0, 0), IFD_PROTOCOL_NOT_SUPPORTED);
}

// A client that removes and inserts its card faster than pcscd looks, and a program that looks,
// too.
TEST_F(IfdCards, LosesNoneOf200Swaps) {
  constexpr int kSwaps = 200;
  const Reader reader(module(), 0, listen("vsc"));
  const Watch watch(reader);
  const auto client = connect_card(path("vsc"));
  std::atomic<bool> done = false;
  std::thread program([&] {
    while (!done) reader.presence();
  });
  for (int i = 0; i < kSwaps; ++i) {
    client.send_hex(std::string(kCardRemove) + kAtrMessage);
    expect(client, std::string(kSuccess) + kSuccess);
  }
  watch.wait_for(1 + 2 * kSwaps);
  done = true;
  program.join();
  EXPECT_EQ(watch.changes(), 1 + 2 * kSwaps);
  EXPECT_EQ(reader.presence(), IFD_ICC_PRESENT);
}

TEST_F(IfdCards, ShowsAResetAsARemovalAndAnInsertion) {
  const Reader reader(module(), 0, listen("vsc"));
  const Watch watch(reader);
  const auto client = connect_card(path("vsc"));
  watch.wait_for(1);
  client.send_hex(kAtrMessage);
  watch.wait_for(3);
  EXPECT_EQ(reader.presence(), IFD_ICC_PRESENT);
}

TEST_F(IfdCards, KeepsACommandFromACardThatPcscdDoesNotKnowOf) {
  const Inserted card(*this);
  card.client.send_hex(std::string(kCardRemove) + kAtrMessage);
  expect(card.client, std::string(kSuccess) + kSuccess);
  EXPECT_EQ(card.reader.presence(), IFD_ICC_PRESENT);  // the card before
  EXPECT_EQ(card.reader.transmit("00840000").code, IFD_ICC_NOT_PRESENT);
}

TEST_F(IfdCards, EndsAWaitWhenAsked) {
  const Reader reader(module(), 0, listen("vsc"));
  std::thread watching([&] { EXPECT_EQ(reader.wait(600'000), IFD_SUCCESS); });
  EXPECT_EQ(reader.end_wait(), IFD_SUCCESS);
  watching.join();
}

TEST_F(IfdCards, ServesSixteenReadersAtOnce) {
  constexpr DWORD kReaders = 16;
  std::vector<std::thread> threads;
  for (DWORD i = 0; i < kReaders; ++i) {
    threads.emplace_back([this, i] {
      const std::string name = "vsc" + std::to_string(i);
      const Reader reader(module(), i << 16, listen(name));
      const auto client = connect_card(path(name));
      reader.wait_for_presence(IFD_ICC_PRESENT);
      for (int n = 0; n < 50; ++n) {
        const std::string command = "0084" + std::to_string(1000 + n) + "01";
        auto result = transmit(reader, command);
        expect(client, apdu(command));
        client.send_hex(apdu(command));
        EXPECT_EQ(result.get(), (Result{IFD_SUCCESS, command}));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace vscard::pcsc_bridge::ifd::test
