#include "ccid-passthru/usb/bulk_in.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vscard::ccid_passthru::usb {
namespace {

using fakes::from_hex;
using fakes::to_hex;
using protocol::SecretBytes;

SecretBytes bytes(const std::string& hex) { return SecretBytes::copy_of(from_hex(hex)); }

std::string take(BulkIn& pipe, std::size_t length) {
  const auto taken = pipe.take(length);
  return taken ? "[" + to_hex(taken->view()) + "]" : "wait";
}

TEST(BulkIn, GivesAMessageInPieces) {
  BulkIn pipe;
  EXPECT_EQ(take(pipe, 3), "wait");
  pipe.push_answer(bytes("0102030405"));
  EXPECT_EQ(take(pipe, 2), "[0102]");
  EXPECT_EQ(take(pipe, 0), "[]");
  EXPECT_EQ(take(pipe, 2), "[0304]");
  EXPECT_EQ(take(pipe, 2), "[05]");
  EXPECT_EQ(take(pipe, 2), "wait");
}

TEST(BulkIn, OneMessageATransfer) {
  BulkIn pipe;
  pipe.push_answer(bytes("01"));
  pipe.push_answer(bytes("02"));
  EXPECT_EQ(take(pipe, 64), "[01]");
  EXPECT_EQ(take(pipe, 64), "[02]");
}

// Every length against requests that are multiples of a packet, and others.
TEST(BulkIn, FollowsAFullRequestWithAnEmptyOne) {
  for (const std::size_t request : {63U, 64U, 65U, 128U, 512U, 1000U}) {
    for (std::size_t length = 1; length < 1100; ++length) {
      BulkIn pipe;
      pipe.push_answer(SecretBytes::zeros(length));
      std::size_t taken = 0;
      std::size_t last = 0;
      while (taken < length) {
        const auto piece = pipe.take(request);
        if (!piece) FAIL() << length;
        last = piece->size();
        ASSERT_EQ(last, std::min(request, length - taken));
        taken += last;
      }
      const bool owed = last == request && last % 64 == 0;
      ASSERT_EQ(take(pipe, request), owed ? "[]" : "wait") << length << " in " << request;
      ASSERT_EQ(take(pipe, request), "wait");
    }
  }
}

TEST(BulkIn, ATimeExtensionIsReplacedByWhatFollows) {
  BulkIn pipe;
  pipe.push_time_extension(bytes("01"));
  pipe.push_time_extension(bytes("02"));
  EXPECT_EQ(pipe.size(), 1U);
  pipe.push_answer(bytes("03"));
  EXPECT_EQ(take(pipe, 64), "[03]");
  EXPECT_EQ(take(pipe, 64), "wait");
}

TEST(BulkIn, ATimeExtensionThatWasBegunIsFinished) {
  BulkIn pipe;
  pipe.push_time_extension(bytes("0102"));
  EXPECT_EQ(take(pipe, 1), "[01]");
  pipe.push_answer(bytes("03"));
  EXPECT_EQ(pipe.size(), BulkIn::kMaxMessages);
  EXPECT_EQ(take(pipe, 64), "[02]");
  EXPECT_EQ(take(pipe, 64), "[03]");
}

TEST(BulkIn, DropsWhatItIsTold) {
  BulkIn pipe;
  pipe.push_answer(bytes("0102"));
  pipe.push_answer(bytes("03"));
  EXPECT_EQ(take(pipe, 1), "[01]");
  pipe.realign();
  EXPECT_EQ(take(pipe, 64), "[03]");

  pipe.push_answer(bytes("01"));
  pipe.push_answer(bytes("02"));
  pipe.keep_newest();
  EXPECT_EQ(take(pipe, 64), "[02]");

  for (void (BulkIn::* const drop)() : {&BulkIn::clear, &BulkIn::realign}) {
    pipe.push_answer(SecretBytes::zeros(64));
    pipe.take(64);
    (pipe.*drop)();
    EXPECT_EQ(take(pipe, 64), "wait") << "nothing owed";
  }
  pipe.push_answer(bytes("01"));
  pipe.clear();
  EXPECT_EQ(take(pipe, 64), "wait");
}

}  // namespace
}  // namespace vscard::ccid_passthru::usb
