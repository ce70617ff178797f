// Which of the two programs goes on with a command line.

#include "pcsc-bridge/all_kinds.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vscard::pcsc_bridge {
namespace {

bool needs(std::vector<const char*> words) {
  words.insert(words.begin(), "pcsc-bridge");
  const auto line = parse_command_line(static_cast<int>(words.size()), words.data());
  return needs_all_kinds(line.value(), serve::own_kinds());
}

bool run_needs(std::vector<const char*> words) {
  words.insert(words.begin(), "run");
  words.insert(words.end(), {"--", "true"});
  return needs(words);
}

TEST(AllKinds, AreNotNeededForCardsWithoutNssAndLibcacard) {
  for (const char* card : {"piv:dir=/d", "soft:pem=/a.pem", "pkcs11:uri=pkcs11:", "pcsc", "vpcd"}) {
    EXPECT_FALSE(needs({"serve", "--socket", "/s", "--card", card})) << card;
    EXPECT_FALSE(run_needs({"--card", card})) << card;
  }
  EXPECT_FALSE(needs({"serve", "--socket", "/s"}));
  EXPECT_FALSE(needs({"conf", "--vsc", "listen:unix:/a"}));
}

TEST(AllKinds, AreNeededForTheOthers) {
  for (const char* card : {"soft:db=/d", "soft:pem=/a.pem,as=cac", "nss:db=/d", "libcacard:x"}) {
    EXPECT_TRUE(needs({"serve", "--socket", "/s", "--card", "piv:dir=/d", "--card", card})) << card;
    EXPECT_TRUE(run_needs({"--card", card})) << card;
  }
}

TEST(AllKinds, AreNotNeededIfAClientBringsTheCards) {
  EXPECT_FALSE(run_needs({"--with-pcscd", "--card", "soft:db=/d"}));
  // As two of libcacard's own, which cannot be in one process.
  EXPECT_FALSE(run_needs({"--card", "libcacard:x", "--card", "soft:db=/d"}));
  EXPECT_FALSE(run_needs({"--card", "nss:db=/a", "--card", "nss:db=/b"}));
}

}  // namespace
}  // namespace vscard::pcsc_bridge
