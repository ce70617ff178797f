#include "certs-test/key_maker.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <atomic>

namespace vscard::certs_test {
namespace {

TEST(KeyMaker, GivesKeysInTheOrderInWhichTheyAreWanted) {
  constexpr std::array kKinds{KeyKind::Rsa2048, KeyKind::P384, KeyKind::P256, KeyKind::P384};
  KeyMaker keys(kKinds, {});
  for (const int bits : {2048, 384, 256, 384}) {
    const auto key = keys.next();
    ASSERT_TRUE(key) << key.error().text;
    EXPECT_EQ(EVP_PKEY_get_bits(key->get()), bits);
  }
}

TEST(KeyMaker, EndsWhenItIsInterrupted) {
  std::atomic<bool> stop = false;
  constexpr std::array kKinds{KeyKind::P256, KeyKind::Rsa4096, KeyKind::P256};
  KeyMaker keys(kKinds, [&stop] { return stop.load(); });
  EXPECT_TRUE(keys.next());
  stop = true;
  const auto key = keys.next();
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().text, "interrupted");
}

TEST(KeyMaker, IsInterruptedWhileItSearches) {
  std::atomic<int> asked = 0;
  constexpr std::array kKinds{KeyKind::Rsa4096};
  KeyMaker keys(kKinds, [&asked] { return ++asked > 3; });
  EXPECT_FALSE(keys.next());
}

/// A hundred of them would take minutes.
TEST(KeyMaker, MakesNoKeysThatNobodyWaitsFor) {
  std::array<KeyKind, 100> kinds{};
  kinds.fill(KeyKind::Rsa4096);
  const KeyMaker keys(kinds, {});
}

TEST(KeyMaker, NeedsNoKeys) { const KeyMaker keys({}, {}); }

}  // namespace
}  // namespace vscard::certs_test
