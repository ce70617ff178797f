// pcsc-bridge as a user starts it.

#include "tests/peer/child.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::pcsc_bridge {
namespace {

/// One line and exit status 2.
void expect_refused(const std::string& card, const std::string& why) {
  test::Child child({PCSC_BRIDGE_PROGRAM, "run", "--card", card, "--", "true"});
  EXPECT_EQ(child.wait(), 2);
  EXPECT_EQ(child.log(),
            "pcsc-bridge: error: " + why + " (pcsc-bridge run --help lists the options)\n");
}

TEST(PcscBridgeProgram, TellsWhatIsWrongWithACard) {
  expect_refused("hard",
                 "unknown card 'hard'; there are soft, soft:db=DIR[,cert=NAME]..., "
                 "soft:p12=FILE, soft:pem=FILE[,key=FILE], nss:db=DIR[,slot=TOKEN], piv[:dir=DIR], "
                 "pkcs11:ATTRIBUTES, "
                 "pcsc[:reader=NAME], vpcd[:ENDPOINT], replay:FILE[,match=any] and libcacard:ARGS");
  expect_refused("soft:pin=1",
                 "--card soft has no key 'pin'; there are db, cert, p12, pem, key, password-file, "
                 "password-fd, as, name, record, record-secrets, fault and delay");
  expect_refused("pcsc:hold=99",
                 "--card pcsc: hold= is a number of seconds from 0 to 30, not '99'");
}

}  // namespace
}  // namespace vscard::pcsc_bridge
