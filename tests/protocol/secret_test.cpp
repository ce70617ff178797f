#include "protocol/secret.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace vscard::protocol {
namespace {

const std::vector<std::uint8_t> kPin{'1', '2', '3', '4'};

TEST(SecretBytes, TruncatingWipesWhatIsCutOff) {
  SecretBytes secret = SecretBytes::copy_of(kPin);
  const std::uint8_t* memory = secret.view().data();
  secret.truncate(1);
  EXPECT_EQ(secret.size(), 1U);
  EXPECT_EQ(memory[0], '1');
  EXPECT_EQ(memory[1], 0);
  EXPECT_EQ(memory[3], 0);
}

TEST(SecretBytes, ZeroingKeepsTheSize) {
  SecretBytes secret = SecretBytes::copy_of(kPin);
  secret.zero(3);
  EXPECT_EQ(std::vector(secret.view().begin(), secret.view().end()),
            (std::vector<std::uint8_t>{0, 0, 0, '4'}));
}

TEST(SecretBytes, MovingLeavesNothingBehind) {
  SecretBytes from = SecretBytes::copy_of(kPin);
  const std::uint8_t* memory = from.view().data();
  const SecretBytes to = std::move(from);
  EXPECT_EQ(to.view().data(), memory) << "moved, not copied";
  EXPECT_EQ(from.size(), 0U);      // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(from.capacity(), 0U);  // NOLINT(bugprone-use-after-move)
}

TEST(SecretBytes, AppendingKeepsTheMemory) {
  SecretBytes secret = SecretBytes::with_capacity(8);
  const std::uint8_t* memory = secret.view().data();
  secret.append(kPin);
  for (const std::uint8_t byte : kPin) secret.push_back(byte);
  EXPECT_EQ(secret.view().data(), memory);
  EXPECT_EQ(secret.size(), secret.capacity());
}

TEST(SecretBytes, ComparesContent) {
  EXPECT_EQ(SecretBytes::copy_of(kPin), SecretBytes::copy_of(kPin).clone());
  EXPECT_NE(SecretBytes::copy_of(kPin), SecretBytes::zeros(4));
  EXPECT_EQ(SecretBytes{}, SecretBytes::with_capacity(3));
}

}  // namespace
}  // namespace vscard::protocol
