#include "chardev/vnc/server_login.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::chardev::vnc {
namespace {

using Logins = std::vector<ServerLogin>;

Logins of(const std::string& subtypes) { return logins_in_tls(fakes::from_hex(subtypes)); }

TEST(VncServerLogin, IsInsideTlsWhatVeNCryptHas) {
  const ServerLogin none{.login = Security::None, .in_tls = Subtype::X509None};
  const ServerLogin password{.login = Security::VncPassword, .in_tls = Subtype::X509Vnc};
  EXPECT_EQ(of("00000104"), Logins{none});
  EXPECT_EQ(of("00000105"), Logins{password});
  EXPECT_EQ(of("00000105"
               "00000104"),
            (Logins{none, password}));
}

TEST(VncServerLogin, HasACertificateWhereThereIsOne) {
  const ServerLogin none{.login = Security::None, .in_tls = Subtype::TlsNone};
  const ServerLogin password{.login = Security::VncPassword, .in_tls = Subtype::X509Vnc};
  EXPECT_EQ(of("00000102"), (Logins{{.login = Security::VncPassword, .in_tls = Subtype::TlsVnc}}));
  EXPECT_EQ(of("00000101"
               "00000102"
               "00000105"),
            (Logins{none, password}));
}

TEST(VncServerLogin, IsNoneOfOthers) {
  EXPECT_EQ(of(""), Logins());
  EXPECT_EQ(of("00000100"
               "00000103"
               "00000106"
               "00000107"
               "00000108"
               "01000101"),
            Logins());
  EXPECT_EQ(of("000001"), Logins()) << "cut off";
}

}  // namespace
}  // namespace vscard::chardev::vnc
