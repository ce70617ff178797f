#include "chardev/nats/flow.hpp"

#include "async/error.hpp"
#include "tests/fakes/flow_pair.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <malloc.h>
#include <random>

/// The sanitizers': Debian 12 has no header for it.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();  // NOLINT

namespace vscard::chardev::nats {
namespace {

using fakes::FlowPair;
using Side = FlowPair::Side;
using namespace std::chrono_literals;

constexpr std::size_t kLimit = 1000;  ///< bytes of a message

TEST(NatsFlow, BringsBytesInTheirOrder) {
  FlowPair pair;
  for (std::size_t size = 1; size < 50; ++size) {
    EXPECT_EQ(pair.write(Side::A, size, kLimit), size);
    EXPECT_EQ(pair.write(Side::B, 50 - size, kLimit), 50 - size);
  }
  pair.settle();
  EXPECT_EQ(pair.read_by(Side::B), 49U * 50 / 2);
  EXPECT_EQ(pair.read_by(Side::A), 49U * 50 / 2);
  EXPECT_EQ(pair.wrong(), "");
}

TEST(NatsFlow, GivesTheBytesInAnySplit) {
  for (std::size_t first = 0; first <= 40; ++first) {
    FlowPair pair;
    for (int i = 0; i < 4; ++i) pair.write(Side::A, 10, kLimit);
    while (pair.coming(Side::B) > 0) pair.deliver(Side::B);
    EXPECT_EQ(pair.read(Side::B, first), first);
    EXPECT_EQ(pair.read(Side::B, 100), 40 - first);
    EXPECT_EQ(pair.wrong(), "");
  }
}

TEST(NatsFlow, MakesNoMessageBeyondTheLimit) {
  FlowPair pair;
  EXPECT_EQ(pair.write(Side::A, 5000, kLimit), kLimit);
  EXPECT_EQ(pair.write(Side::A, 5000, 1), 1U);
}

TEST(NatsFlow, StopsAWriterWhoseReaderDoesNotRead) {
  FlowPair pair;
  while (pair.write(Side::A, kLimit, kLimit) > 0) pair.deliver(Side::B);
  EXPECT_EQ(pair.written_by(Side::A), kWindow);
  pair.pass(kTellEvery);
  while (pair.coming(Side::A) > 0) pair.deliver(Side::A);
  EXPECT_EQ(pair.write(Side::A, 1, kLimit), 0U);
  pair.read(Side::B, kWindow / 2);
  pair.deliver(Side::A);
  EXPECT_EQ(pair.write(Side::A, kLimit, kLimit), kLimit);
  pair.settle();
  EXPECT_EQ(pair.wrong(), "");
}

/// Bytes of the heap that are in use.
std::size_t allocated() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

TEST(NatsFlow, KeepsSmallMessagesInLittleMoreThanTheirBytes) {
  const std::size_t before = allocated();
  Flow flow{protocol::Time{}};
  const std::array<std::uint8_t, 1> byte{7};
  for (Count at = 0; at < kWindow; ++at) flow.got(Data{.at = at, .read = 0, .bytes = byte}, {});
  EXPECT_LT(allocated() - before, kWindow + 10'000);
  std::vector<std::uint8_t> all(kWindow + 1);
  EXPECT_EQ(flow.read(all), kWindow);
  EXPECT_FALSE(flow.ended());
}

TEST(NatsFlow, GivesSmallAndLargeMessagesInTheirOrder) {
  FlowPair pair;
  for (const std::size_t size : {1U, 1U, 4095U, 1U, 4096U, 9000U, 3U, 1U, 5000U, 1U}) {
    EXPECT_EQ(pair.write(Side::A, size, kWindow), size);
    pair.deliver(Side::B);
  }
  EXPECT_EQ(pair.read(Side::B, 4097), 4097U);
  EXPECT_EQ(pair.read(Side::B, kWindow), 22'199U - 4097);
  EXPECT_EQ(pair.wrong(), "");
}

TEST(NatsFlow, CountsOnFromZeroAfterFourGigabytes) {
  FlowPair pair;  // which begins shortly before
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(pair.write(Side::A, kWindow / 2, kWindow), kWindow / 2);
    pair.settle();
  }
  EXPECT_EQ(pair.read_by(Side::B), 5 * kWindow);
  EXPECT_EQ(pair.wrong(), "");
}

TEST(NatsFlow, EndsWhenAMessageIsLost) {
  FlowPair pair;
  pair.write(Side::A, 10, kLimit);
  pair.write(Side::A, 10, kLimit);
  pair.lose(Side::B);
  pair.deliver(Side::B);
  EXPECT_EQ(pair.read(Side::B, 100), 0U);
  EXPECT_EQ(pair.read_end(Side::B), Errc::Lost);
  pair.part();
  EXPECT_EQ(pair.wrong(), "");
}

TEST(NatsFlow, SeesThatTheLastMessageWasLostWhenTheOtherSideShowsThatItIsThere) {
  FlowPair pair;
  pair.write(Side::A, 10, kLimit);
  pair.lose(Side::B);
  EXPECT_FALSE(pair.ended(Side::B));
  pair.pass(kTellEvery);
  pair.deliver(Side::B);
  EXPECT_EQ(pair.read_end(Side::B), Errc::Lost);
}

TEST(NatsFlow, GivesWhatCameBeforeTheEnd) {
  FlowPair pair;
  pair.write(Side::A, 10, kLimit);
  pair.close(Side::A);
  pair.deliver(Side::B);
  pair.deliver(Side::B);
  EXPECT_FALSE(pair.read_end(Side::B));
  EXPECT_EQ(pair.read(Side::B, 100), 10U);
  EXPECT_EQ(pair.read_end(Side::B), async::end_of_stream());
  EXPECT_EQ(pair.read_end(Side::A), async::aborted());
}

TEST(NatsFlow, DropsWhatComesTwice) {
  FlowPair pair;
  pair.write(Side::A, 10, kLimit);
  pair.deliver_twice(Side::B);
  pair.write(Side::A, 10, kLimit);
  pair.deliver_twice(Side::B);
  EXPECT_EQ(pair.read(Side::B, 100), 20U);
  EXPECT_EQ(pair.wrong(), "");
}

TEST(NatsFlow, EndsWhenTheOtherSideIsSilent) {
  FlowPair pair;
  pair.pass(kSilence - 1ms);
  EXPECT_FALSE(pair.ended(Side::A));
  pair.pass(1ms);
  EXPECT_EQ(pair.read_end(Side::A), Errc::Silent);
}

TEST(NatsFlow, StaysWhileBothSidesShowThatTheyAreThere) {
  FlowPair pair;
  for (int i = 0; i < 100; ++i) {
    pair.pass(kTellEvery);
    pair.settle();
  }
  EXPECT_EQ(pair.wrong(), "");
}

struct Hostile {
  const char* name;
  Message message;
  Errc end;
};

TEST(NatsFlow, EndsWhenItIsToldWhatCannotBe) {
  static constexpr std::array<std::uint8_t, 3> kBytes{1, 2, 3};
  const std::vector<Hostile> all{
      {"read more than was sent", Data{.at = 0, .read = 1, .bytes = {}}, Errc::BadMessage},
      {"a gap", Data{.at = 1, .read = 0, .bytes = kBytes}, Errc::Lost},
      {"partly repeated", Data{.at = 0xfffffffe, .read = 0, .bytes = kBytes}, Errc::Lost},
      {"an end that was not", Close{.at = 1}, Errc::Lost},
      {"a question", Open{}, Errc::BadMessage},
      {"an answer", Accept{}, Errc::BadMessage},
      {"a probe", Probe{}, Errc::BadMessage},
      {"no such stream", Refuse{"x"}, Errc::NobodyThere}};
  for (const auto& [name, message, end] : all) {
    Flow flow{protocol::Time{}};
    flow.got(message, {});
    EXPECT_EQ(flow.read_end(), end) << name;
    const bool told = flow.next({}).has_value();
    EXPECT_EQ(told, end != Errc::NobodyThere) << name;
    EXPECT_FALSE(flow.next({})) << name;
    EXPECT_FALSE(flow.write(kBytes, kLimit, {})) << name;
  }
}

TEST(NatsFlow, EndsWhenMoreComesThanTheWindow) {
  Flow flow{protocol::Time{}};
  const std::vector<std::uint8_t> bytes(kWindow);
  flow.got(Data{.at = 0, .read = 0, .bytes = bytes}, {});
  EXPECT_FALSE(flow.ended());
  flow.got(Data{.at = kWindow, .read = 0, .bytes = protocol::Bytes(bytes).first(1)}, {});
  EXPECT_EQ(flow.write_end(), Errc::BeyondWindow);
}

/// The steps of a life in which each message is lost, delayed or brought twice in turn.
TEST(NatsFlow, BreaksNoRuleWhateverHappensToAnyOneMessage) {
  using Harm = void (FlowPair::*)(Side);
  for (const Harm harm : {&FlowPair::lose, &FlowPair::delay, &FlowPair::deliver_twice}) {
    for (int harmed = 0; harmed < 40; ++harmed) {
      FlowPair pair;
      for (int step = 0; step < 40; ++step) {
        const Side side = step % 3 == 0 ? Side::B : Side::A;
        pair.write(side, 100, kLimit);
        if (step == harmed) (pair.*harm)(Side::B);
        pair.deliver(Side::A);
        pair.deliver(Side::B);
        pair.read(Side::B, 70);
      }
      pair.part();
      EXPECT_EQ(pair.wrong(), "") << harmed;
    }
  }
}

TEST(NatsFlow, BreaksNoRuleInAnyLife) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const unsigned evil = seed % 3;  // none, little, much
    FlowPair pair;
    for (int step = 0; step < 100; ++step) {
      const Side side = random() % 2 == 0 ? Side::A : Side::B;
      const auto what = random() % 100;
      if (what < 30)
        pair.write(side, random() % 3000, 1 + random() % 2000);
      else if (what < 60)
        pair.read(side, random() % 3000);
      else if (what < 90)
        pair.deliver(side);
      else if (what < 93)
        pair.deliver_twice(side);
      else if (what < 94)
        pair.pass(1s);
      else if (evil > 0 && what < 95)
        pair.lose(side);
      else if (evil > 1 && what < 97)
        pair.delay(side);
      else if (what == 99 && random() % 50 == 0)
        pair.close(side);
      if (evil == 0 && what == 93) pair.settle();
    }
    if (evil == 0) pair.settle();
    ASSERT_EQ(pair.wrong(), "") << "seed " << seed;
    pair.part();
    ASSERT_EQ(pair.wrong(), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace vscard::chardev::nats
