#include "chardev/vnc/password.hpp"

#include "tests/chardev/vnc/text.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

namespace vscard::chardev::vnc {
namespace {

/// To a challenge that QEMU sent.
std::string answer(std::string_view password) {
  const auto challenge = fakes::from_hex("35f3eebcf1a3e759fb0f8be30db317f4");
  const auto answer = answer_challenge(challenge, test::secret(password));
  return answer ? fakes::to_hex(*answer) : "";
}

// As `openssl enc -des-ecb -provider legacy` has them, with the bits of each byte mirrored.
TEST(VncPassword, AnswersAChallenge) {
  EXPECT_EQ(answer("letmein"), "e45c5920595edead7f39dec05f421eee");
  EXPECT_EQ(answer(""), "83fffc655e7ccc6d236347348112c405");
}

TEST(VncPassword, OfItsBytesEightCount) {
  EXPECT_EQ(answer("letmeinnow!"), "0708ffb44dfd7b3e10e26506eb2f6930");
  EXPECT_EQ(answer("letmeinn"), answer("letmeinnow!"));
}

}  // namespace
}  // namespace vscard::chardev::vnc
