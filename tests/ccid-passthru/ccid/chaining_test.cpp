#include "ccid-passthru/ccid/chaining.hpp"

#include "protocol/iso7816/apdu.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vscard::ccid_passthru::ccid {
namespace {

using fakes::counting;
using protocol::SecretBytes;

TEST(CommandChain, JoinsTheParts) {
  CommandChain chain;
  const auto apdu = counting(100);
  const protocol::Bytes bytes(apdu);
  ASSERT_TRUE(chain.add(Chain::First, bytes.first(40)));
  ASSERT_TRUE(chain.add(Chain::Middle, bytes.subspan(40, 0)));
  ASSERT_TRUE(chain.add(Chain::Middle, bytes.subspan(40, 59)));
  ASSERT_TRUE(chain.add(Chain::Last, bytes.subspan(99)));
  EXPECT_EQ(chain.take(), SecretBytes::copy_of(apdu));
  EXPECT_EQ(chain.add(Chain::Last, bytes).error(), Error::BadLevelParameter) << "it was taken";
}

TEST(CommandChain, BeginsAnewWithAFirstOrWholePart) {
  CommandChain chain;
  ASSERT_TRUE(chain.add(Chain::First, counting(40)));
  ASSERT_TRUE(chain.add(Chain::First, counting(3)));
  ASSERT_TRUE(chain.add(Chain::Last, counting(2)));
  EXPECT_EQ(chain.take().size(), 5U);
  ASSERT_TRUE(chain.add(Chain::First, counting(40)));
  ASSERT_TRUE(chain.add(Chain::Whole, counting(7)));
  EXPECT_EQ(chain.take(), SecretBytes::copy_of(counting(7)));
}

TEST(CommandChain, RefusesWhatContinuesNothing) {
  for (const Chain chain : {Chain::Middle, Chain::Last, Chain::Next, Chain{4}, Chain{0x0100}}) {
    CommandChain parts;
    EXPECT_EQ(parts.add(chain, counting(5)).error(), Error::BadLevelParameter);
  }
  CommandChain cleared;
  ASSERT_TRUE(cleared.add(Chain::First, counting(5)));
  cleared.clear();
  EXPECT_EQ(cleared.add(Chain::Last, counting(5)).error(), Error::BadLevelParameter);
}

TEST(CommandChain, HoldsTheLongestCommandAndNoMore) {
  CommandChain chain;
  ASSERT_TRUE(chain.add(Chain::First, counting(protocol::iso7816::kMaxCommandApdu - 1)));
  ASSERT_TRUE(chain.add(Chain::Middle, counting(1)));
  EXPECT_EQ(chain.add(Chain::Last, counting(1)).error(), Error::BadLength);
  EXPECT_EQ(chain.add(Chain::Last, counting(1)).error(), Error::BadLevelParameter) << "dropped";
}

TEST(ResponseChain, GivesTheParts) {
  ResponseChain chain;
  EXPECT_TRUE(chain.done());
  const auto apdu = counting(25);
  chain.start(SecretBytes::copy_of(apdu));
  std::vector<std::uint8_t> given;
  std::vector<Chain> chains;
  while (!chain.done()) {
    const auto part = chain.next(10).value();
    chains.push_back(part.chain);
    given.insert(given.end(), part.bytes.begin(), part.bytes.end());
  }
  EXPECT_EQ(given, apdu);
  EXPECT_EQ(chains, (std::vector{Chain::First, Chain::Middle, Chain::Last}));
}

TEST(ResponseChain, GivesNothingWhenAllIsGiven) {
  ResponseChain chain;
  EXPECT_FALSE(chain.next(10)) << "not started";
  chain.start(SecretBytes::zeros(10));
  EXPECT_TRUE(chain.next(10));
  EXPECT_FALSE(chain.next(10));
}

TEST(ResponseChain, IsAsLongAsItMustBe) {
  const auto chains = [](std::size_t size) {
    ResponseChain chain;
    chain.start(SecretBytes::zeros(size));
    std::vector<Chain> all;
    while (!chain.done()) all.push_back(chain.next(10).value().chain);
    return all;
  };
  EXPECT_EQ(chains(9), std::vector{Chain::Whole});
  EXPECT_EQ(chains(10), std::vector{Chain::Whole});
  EXPECT_EQ(chains(11), (std::vector{Chain::First, Chain::Last}));
  EXPECT_EQ(chains(20), (std::vector{Chain::First, Chain::Last}));
  EXPECT_EQ(chains(21), (std::vector{Chain::First, Chain::Middle, Chain::Last}));
}

}  // namespace
}  // namespace vscard::ccid_passthru::ccid
