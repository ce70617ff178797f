// Each call of libpcsclite with each code that it may give.

#include "cards/pcsc/library.hpp"

#include "protocol/iso7816/apdu.hpp"
#include "tests/fakes/cards.hpp"
#include "tests/fakes/pcsclite.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <thread>
#include <winscard.h>

namespace vscard::cards::pcsc {
namespace {

using fakes::PcscCall;
using fakes::Pcsclite;
using protocol::SecretBytes;

constexpr const char* kReader = "Reader A";

class PcscLibrary : public testing::Test {
 protected:
  PcscLibrary() {
    fake_.add_reader(kReader);
    fake_.insert(kReader, fakes::kAtr);
  }
  ~PcscLibrary() override {
    EXPECT_EQ(fake_.open_connections(), 0U);
    EXPECT_EQ(fake_.open_contexts(), 0U);
  }

  Pcsclite fake_;
};

struct Code {
  const char* name;
  long code;
  Cause cause;
};

constexpr Code kCodes[] = {
    {"no service", SCARD_E_NO_SERVICE, Cause::NoService},
    {"service stopped", SCARD_E_SERVICE_STOPPED, Cause::NoService},
    {"invalid handle", SCARD_E_INVALID_HANDLE, Cause::NoService},
    {"link lost", SCARD_F_COMM_ERROR, Cause::NoService},
    {"security violation", SCARD_W_SECURITY_VIOLATION, Cause::Denied},
    {"no access", SCARD_E_NO_ACCESS, Cause::Denied},
    {"no card", SCARD_E_NO_SMARTCARD, Cause::NoCard},
    {"card removed", SCARD_W_REMOVED_CARD, Cause::NoCard},
    {"reader unavailable", SCARD_E_READER_UNAVAILABLE, Cause::NoCard},
    {"card reset", SCARD_W_RESET_CARD, Cause::CardReset},
    {"sharing violation", SCARD_E_SHARING_VIOLATION, Cause::InUse},
    {"cancelled", SCARD_E_CANCELLED, Cause::Cancelled},
    {"mute card", SCARD_W_UNRESPONSIVE_CARD, Cause::Failed},
    {"not transacted", SCARD_E_NOT_TRANSACTED, Cause::Failed},
    {"a code of Windows alone", 0x80100070, Cause::Failed},
    {"out of step", SCARD_E_UNSUPPORTED_FEATURE, Cause::OutOfStep},
    {"no code of PC/SC", 5, Cause::Failed},
    {"a negative number", -1, Cause::Failed},
};
// In two functions they say something else; see the tests of their own.
constexpr Code kOtherCodes[] = {
    {"unknown reader", SCARD_E_UNKNOWN_READER, Cause::NoCard},
    {"no readers", SCARD_E_NO_READERS_AVAILABLE, Cause::NoCard},
};

template <class T>
std::optional<Cause> cause(const Answer<T>& answer) {
  return answer ? std::nullopt : std::optional(answer.error().cause);
}
Answer<SecretBytes> transmit(const Connection& connection, const std::string& hex) {
  ResponseBuffer buffer;
  return connection.transmit(fakes::from_hex(hex), buffer);
}

/// Every call that tells why it failed.
struct Call {
  const char* name;
  PcscCall call;
  std::optional<Cause> (*make)(Context&, Connection&);
};

const Call kCalls[] = {
    {"establish", PcscCall::EstablishContext,
     [](Context&, Connection&) { return cause(Context::establish()); }},
    {"list", PcscCall::ListReaders,
     [](Context& context, Connection&) { return cause(context.readers()); }},
    {"states", PcscCall::GetStatusChange,
     [](Context& context, Connection&) { return cause(context.readers()); }},
    {"wait", PcscCall::GetStatusChange,
     [](Context& context, Connection&) { return cause(context.wait_for_change({})); }},
    {"open", PcscCall::Connect,
     [](Context& context, Connection&) {
       return cause(Connection::open(context, kReader, Share::Shared));
     }},
    {"begin", PcscCall::BeginTransaction,
     [](Context&, Connection& it) { return cause(it.begin_transaction()); }},
    {"transmit", PcscCall::Transmit,
     [](Context&, Connection& it) { return cause(transmit(it, "00a40400")); }},
    {"reconnect", PcscCall::Reconnect,
     [](Context&, Connection& it) { return cause(it.reconnect(Connection::Card::AsItIs)); }},
};

TEST_F(PcscLibrary, TellsTheCauseOfEveryCodeOfEveryCall) {
  auto context = Context::establish().value();
  auto connection = Connection::open(context, kReader, Share::Shared).value();
  for (const Call& call : kCalls) {
    for (const Code& code : kCodes) {
      fake_.results(call.call, {code.code});
      EXPECT_EQ(call.make(context, connection), code.cause) << call.name << ": " << code.name;
    }
    const bool states =
        call.call == PcscCall::GetStatusChange || call.call == PcscCall::ListReaders;
    for (const Code& code : kOtherCodes) {
      if (states) continue;
      fake_.results(call.call, {code.code});
      EXPECT_EQ(call.make(context, connection), code.cause) << call.name << ": " << code.name;
    }
  }
  EXPECT_EQ(transmit(connection, "00a40400").value(), fakes::secret("9000"));
}

TEST_F(PcscLibrary, TellsTheCauseWhenTheSecondHalfOfTheListFails) {
  auto context = Context::establish().value();
  for (const Code& code : kCodes) {
    fake_.results(PcscCall::ListReaders, {SCARD_S_SUCCESS, code.code});
    EXPECT_EQ(cause(context.readers()), code.cause) << code.name;
  }
}

TEST_F(PcscLibrary, EndsSilentlyWhatCannotBeToldOf) {
  for (const PcscCall call : {PcscCall::EndTransaction, PcscCall::Disconnect,
                              PcscCall::ReleaseContext, PcscCall::Cancel, PcscCall::GetAttrib}) {
    auto context = Context::establish().value();
    const auto connection = Connection::open(context, kReader, Share::Shared).value();
    fake_.results(call, {SCARD_E_NO_SERVICE});
    EXPECT_EQ(connection.atr().has_value(), call != PcscCall::GetAttrib);
    connection.end_transaction();
    context.cancel();
  }
  fake_.stop_service(SCARD_E_NO_SERVICE);  // and with it what two failures have left
}

TEST_F(PcscLibrary, SaysWhatTheUserCanDo) {
  EXPECT_EQ(explain({Cause::NoService, "x"}),
            "PC/SC: no answer; install pcscd and start it (systemctl start "
            "pcscd.socket)");
  EXPECT_EQ(explain({Cause::Denied, "x"}),
            "PC/SC: pcscd refuses this user; add a polkit rule that allows "
            "org.debian.pcsc-lite.access_pcsc and org.debian.pcsc-lite.access_card");
  for (const Cause cause :
       {Cause::NoCard, Cause::CardReset, Cause::InUse, Cause::Cancelled, Cause::Failed}) {
    EXPECT_EQ(explain({cause, "The library's own words."}), "PC/SC: The library's own words.");
  }
}

TEST_F(PcscLibrary, ListsReadersInPcscsOrderWithTheirCards) {
  fake_.add_reader("Empty");
  fake_.add_reader("A mute one");
  fake_.insert("A mute one", "", Pcsclite::Mute::Yes);
  fake_.add_reader("No ATR");
  fake_.insert("No ATR", "3b7a");
  fake_.add_reader("Taken");
  fake_.insert("Taken", fakes::kOtherAtr);
  fake_.take_exclusively("Taken");
  auto context = Context::establish().value();
  const auto connection = Connection::open(context, kReader, Share::Shared).value();
  const auto readers = context.readers().value();
  std::string text;
  for (const auto& reader : readers) {
    text += reader.name + (reader.atr ? " " + fakes::to_hex(reader.atr->bytes()) : "") +
            (reader.mute ? " mute" : "") + " " + std::to_string(static_cast<int>(reader.use)) +
            "\n";
  }
  EXPECT_EQ(text, "Reader A " + fakes::kAtr + " 1\nEmpty 0\nA mute one mute 0\nNo ATR mute 0\n" +
                      "Taken " + fakes::kOtherAtr + " 2\n");
}

TEST_F(PcscLibrary, CountsInsertions) {
  auto context = Context::establish().value();
  const auto first = context.readers().value().at(0).insertion();
  fake_.remove(kReader);
  fake_.insert(kReader, fakes::kAtr);
  EXPECT_NE(context.readers().value().at(0).insertion(), first);
}

TEST_F(PcscLibrary, HasNoReadersWhereThereAreNone) {
  fake_.remove_reader(kReader);
  auto context = Context::establish().value();
  EXPECT_TRUE(context.readers().value().empty());
  EXPECT_EQ(fake_.count(PcscCall::GetStatusChange), 1)
      << "for the list itself alone: an empty list would be refused";
}

TEST_F(PcscLibrary, LooksAgainWhenAReaderGoesWhileItIsLookedAt) {
  fake_.add_reader("Reader B");
  auto context = Context::establish().value();
  fake_.on_next(PcscCall::GetStatusChange, [](Pcsclite&) {});  // for the list itself
  fake_.on_next(PcscCall::GetStatusChange, [](Pcsclite& fake) { fake.remove_reader("Reader B"); });
  EXPECT_EQ(cause(context.readers()), Cause::OutOfStep) << "the other's card is not known either";
  fake_.add_reader("Reader B");
  fake_.on_next(PcscCall::GetStatusChange, [](Pcsclite&) {});
  fake_.on_next(PcscCall::GetStatusChange, [](Pcsclite& fake) { fake.remove_reader("Reader B"); });
  const auto readers = list_readers().value();
  ASSERT_EQ(readers.size(), 1U);
  EXPECT_TRUE(readers[0].atr);
}

TEST_F(PcscLibrary, ListsReadersAgainWhenOneCameBetweenItsTwoCalls) {
  auto context = Context::establish().value();
  fake_.on_next(PcscCall::ListReaders, [](Pcsclite&) {});
  fake_.on_next(PcscCall::ListReaders, [](Pcsclite& fake) { fake.add_reader("Reader B"); });
  const auto readers = context.readers();
  ASSERT_TRUE(readers) << readers.error().text;
  ASSERT_EQ(readers->size(), 2U);
  EXPECT_EQ(readers->back().name, "Reader B");
}

TEST_F(PcscLibrary, GivesUpOnAListThatAlwaysGrows) {
  auto context = Context::establish().value();
  std::deque<long> codes;
  for (int i = 0; i < 1'000; ++i) {
    codes.insert(codes.end(), {SCARD_S_SUCCESS, SCARD_E_INSUFFICIENT_BUFFER});
  }
  fake_.results(PcscCall::ListReaders, codes);
  EXPECT_EQ(cause(context.readers()), Cause::Failed);
  EXPECT_LT(fake_.count(PcscCall::ListReaders), 100);
}

TEST_F(PcscLibrary, HasMoreReadersThanPcscdUsuallyHas) {
  for (int i = 0; i < 40; ++i) fake_.add_reader("Reader " + std::to_string(i));
  auto context = Context::establish().value();
  const auto readers = context.readers().value();
  ASSERT_EQ(readers.size(), 41U);
  fake_.insert("Reader 39", fakes::kAtr);
  EXPECT_TRUE(context.wait_for_change(readers));
  EXPECT_TRUE(context.readers().value().at(40).atr);
}

/// What makes a difference to what is known.
TEST_F(PcscLibrary, SeesEveryChange) {
  struct Change {
    const char* name;
    void (*make)(Pcsclite&);
    std::optional<Cause> cause = std::nullopt;
  };
  const Change kChanges[] = {
      {"a card goes", [](Pcsclite& fake) { fake.remove(kReader); }},
      {"a card is another", [](Pcsclite& fake) { fake.insert(kReader, fakes::kOtherAtr); }},
      {"a reader comes", [](Pcsclite& fake) { fake.add_reader("Reader B"); }},
      {"a reader goes", [](Pcsclite& fake) { fake.remove_reader("Reader B"); }, Cause::OutOfStep},
      {"the last goes", [](Pcsclite& fake) { fake.remove_reader(kReader); }, Cause::OutOfStep},
      {"the first comes", [](Pcsclite& fake) { fake.add_reader(kReader); }},
  };
  auto context = Context::establish().value();
  for (const auto count_events : {false, true}) {
    if (count_events) fake_.count_readers_as_events();
    for (const auto& change : kChanges) {
      const auto known = context.readers().value();
      change.make(fake_);
      EXPECT_EQ(cause(context.wait_for_change(known)), change.cause) << change.name;
    }
  }
}

TEST_F(PcscLibrary, WaitsWhereTheListCountsReadersThatHaveComeAndGone) {
  fake_.count_readers_as_events();
  fake_.add_reader("Reader B");
  fake_.remove_reader("Reader B");
  auto context = Context::establish().value();
  const auto known = context.readers().value();
  std::optional<Cause> cause_of_end;
  std::thread waiting([&] { cause_of_end = cause(context.wait_for_change(known)); });
  EXPECT_TRUE(fake_.wait_until_waiting(PcscCall::GetStatusChange));
  context.cancel();
  waiting.join();
  EXPECT_EQ(cause_of_end, Cause::Cancelled);
}

TEST_F(PcscLibrary, WaitsUntilItIsCancelledOrPcscdEnds) {
  auto context = Context::establish().value();
  const auto known = context.readers().value();
  for (const auto& [end, expected] :
       {std::pair<std::function<void()>, Cause>{[&] { context.cancel(); }, Cause::Cancelled},
        {[&] { fake_.stop_service(SCARD_E_SERVICE_STOPPED); }, Cause::NoService}}) {
    std::optional<Cause> cause_of_end;
    std::thread waiting([&] { cause_of_end = cause(context.wait_for_change(known)); });
    EXPECT_TRUE(fake_.wait_until_waiting(PcscCall::GetStatusChange));
    end();
    waiting.join();
    EXPECT_EQ(cause_of_end, expected);
  }
}

TEST_F(PcscLibrary, SendsAsTheCardsProtocolWants) {
  auto context = Context::establish().value();
  for (const auto& [atr, protocol] : {std::pair{fakes::kAtr, SCARD_PROTOCOL_T1},
                                      std::pair{fakes::kOtherAtr, SCARD_PROTOCOL_T0}}) {
    fake_.insert(kReader, atr);
    const auto connection = Connection::open(context, kReader, Share::Shared).value();
    EXPECT_TRUE(transmit(connection, "00a40400"));
    EXPECT_EQ(fake_.last_protocol(), static_cast<unsigned long>(protocol));
  }
}

TEST_F(PcscLibrary, TakesResponsesOfAllSizes) {
  auto context = Context::establish().value();
  const auto connection = Connection::open(context, kReader, Share::Shared).value();
  std::size_t size = 0;
  fake_.answer([&](const Pcsclite::Data&) { return fakes::counting(size); });
  const std::size_t largest = protocol::iso7816::kMaxResponseApdu;
  for (const std::size_t good : {std::size_t{2}, std::size_t{3}, std::size_t{258}, largest}) {
    size = good;
    const auto response = transmit(connection, "00b00000");
    ASSERT_TRUE(response) << good;
    EXPECT_TRUE(std::ranges::equal(response->view(), fakes::counting(good))) << good;
  }
  for (const std::size_t bad : {std::size_t{0}, std::size_t{1}, largest + 1}) {
    size = bad;
    EXPECT_EQ(cause(transmit(connection, "00b00000")), Cause::Failed) << bad;
  }
}

TEST_F(PcscLibrary, ReconnectsWithAndWithoutPower) {
  auto context = Context::establish().value();
  auto connection = Connection::open(context, kReader, Share::Shared).value();
  fake_.reset_by_another(kReader);
  EXPECT_EQ(cause(connection.begin_transaction()), Cause::CardReset);
  EXPECT_TRUE(connection.reconnect(Connection::Card::AsItIs));
  EXPECT_EQ(fake_.last_initialization(), static_cast<unsigned long>(SCARD_LEAVE_CARD));
  EXPECT_TRUE(connection.begin_transaction());
  EXPECT_TRUE(connection.reconnect(Connection::Card::PoweredAnew));
  EXPECT_EQ(fake_.last_initialization(), static_cast<unsigned long>(SCARD_UNPOWER_CARD));
  EXPECT_EQ(connection.atr(), fakes::atr());
}

TEST_F(PcscLibrary, HasNoAtrOfACardThatHasNone) {
  fake_.insert(kReader, "3b7a");
  auto context = Context::establish().value();
  EXPECT_EQ(Connection::open(context, kReader, Share::Shared).value().atr(), std::nullopt);
}

TEST_F(PcscLibrary, EndsAConnectionOnceWhoeverHasIt) {
  auto context = Context::establish().value();
  std::optional<Connection> kept;
  {
    auto connection = Connection::open(context, kReader, Share::Exclusive).value();
    kept.emplace(std::move(connection));
  }
  EXPECT_EQ(cause(Connection::open(context, kReader, Share::Shared)), Cause::InUse);
  kept.reset();
  EXPECT_EQ(fake_.count(PcscCall::Disconnect), 1);
  EXPECT_TRUE(Connection::open(context, kReader, Share::Shared));
}

}  // namespace
}  // namespace vscard::cards::pcsc
