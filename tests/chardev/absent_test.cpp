// The transports of SPICE in a build without them.

#include "chardev/spice/smartcard/client.hpp"
#include "chardev/spicevmc/spicevmc.hpp"

#include <gtest/gtest.h>

#include <array>

namespace vscard::chardev {
namespace {

TEST(AbsentTransports, AreKnownByName) {
  const std::array<const Transport*, 5> absent{
      &spice::smartcard::kSpice, &spice::smartcard::kSpiceTls, &spice::smartcard::kSpiceUnix,
      &spicevmc::kSpicevmc, &spicevmc::kSpicevmcUnix};
  for (const Transport* transport : absent) {
    const Address address{.scheme = std::string(transport->scheme), .location = "", .keys = {}};
    const auto found = find_transport(absent, address);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().text,
              "this build has no " + address.scheme + ": it was configured with VSCARD_SPICE=OFF");
  }
}

TEST(AbsentTransports, AreNotOffered) {
  const std::array<const Transport*, 3> transports{&kTcp, &spicevmc::kSpicevmc, &kUnix};
  const Address address{.scheme = "ipx", .location = "x", .keys = {}};
  EXPECT_EQ(find_transport(transports, address).error().text,
            "'ipx' is not a transport; there are: tcp, unix");
}

}  // namespace
}  // namespace vscard::chardev
