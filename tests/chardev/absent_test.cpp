// The transports of SPICE and NATS in a build without them.

#include "chardev/nats/nats.hpp"
#include "chardev/spice/smartcard/client.hpp"
#include "chardev/spice/vmc/usbredir.hpp"
#include "chardev/spicevmc/spicevmc.hpp"

#include <gtest/gtest.h>

#include <array>

namespace vscard::chardev {
namespace {

TEST(AbsentTransports, AreKnownByName) {
  const std::array<const Transport*, 10> absent{&nats::kNats,
                                                &nats::kNatsTls,
                                                &spice::smartcard::kSpice,
                                                &spice::smartcard::kSpiceTls,
                                                &spice::smartcard::kSpiceUnix,
                                                &spice::vmc::kSpice,
                                                &spice::vmc::kSpiceTls,
                                                &spice::vmc::kSpiceUnix,
                                                &spicevmc::kSpicevmc,
                                                &spicevmc::kSpicevmcUnix};
  for (const Transport* transport : absent) {
    const Address address{.scheme = std::string(transport->scheme), .location = "", .keys = {}};
    const auto found = find_transport(absent, address);
    ASSERT_FALSE(found);
    const bool nats = transport->scheme.starts_with("nats");
    EXPECT_EQ(found.error().text, "this build has no " + address.scheme +
                                      ": it was configured with VSCARD_" +
                                      (nats ? "NATS" : "SPICE") + "=OFF");
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
