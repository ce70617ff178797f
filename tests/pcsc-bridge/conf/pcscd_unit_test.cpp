#include "pcsc-bridge/conf/pcscd_unit.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::pcsc_bridge::conf {
namespace {

using testing::HasSubstr;

/// The service of pcscd 1.9.9.
constexpr const char* kDebian12 =
    "[Service]\n"
    "ExecStart=/usr/sbin/pcscd --foreground --auto-exit $PCSCD_ARGS\n";

/// What counts of that of pcscd 2.3.3; 2.5.3 adds two lines.
constexpr const char* kDebian13 =
    "[Service]\n"
    "# Capabilities\n"
    "CapabilityBoundingSet=\n"
    "NoNewPrivileges=yes\n"
    "ProtectSystem=strict\n"
    "ProtectHome=yes\n"
    "PrivateTmp=yes\n"
    "SystemCallFilter=@system-service\n"
    "SystemCallFilter=~@resources @privileged\n";
constexpr const char* kSid = "User=pcscd\nRuntimeDirectory=pcscd\n";

constexpr const char* kUnit = "usr/lib/systemd/system/pcscd.service";
constexpr const char* kOurs = "usr/lib/systemd/system/pcscd.service.d/vscard.conf";
constexpr const char* kAdmins = "etc/systemd/system/pcscd.service.d/local.conf";

class PcscdUnits : public testing::Test {
 protected:
  void write(const char* file, const std::string& text) {
    test::write_text(folder_.path() / file, text);
  }
  /// Empty: allowed.
  std::string refused(const std::string& endpoint) {
    const auto allowed =
        check_allows(read_pcscd_unit(folder_.path()), *chardev::parse_endpoint(endpoint));
    return allowed ? "" : allowed.error().text;
  }

  const test::TempFolder folder_;
};

TEST_F(PcscdUnits, WithoutOneEverythingIsAllowed) {
  EXPECT_EQ(read_pcscd_unit(folder_.path()), PcscdUnit{});
  write(kUnit, kDebian12);
  EXPECT_EQ(read_pcscd_unit(folder_.path()), PcscdUnit{});
  EXPECT_EQ(refused("listen:unix:/home/alice/a.sock,user=root"), "");
}

TEST_F(PcscdUnits, OfDebian13MayGiveNoFile) {
  write(kUnit, kDebian13);
  write(kOurs, "[Service]\nReadWritePaths=-/run/vscard\n");
  EXPECT_EQ(refused("listen:unix:/run/vscard/a.sock,mode=0660"), "");
  for (const char* key : {"user=root", "group=root"}) {
    EXPECT_THAT(refused("listen:unix:/run/vscard/a.sock," + std::string(key)),
                HasSubstr("may give no file to a user or group; pcscd and its clients meet in"));
  }
}

TEST_F(PcscdUnits, OfDebian13SeeNoPlaceOfUsers) {
  write(kUnit, kDebian13);
  for (const std::string place : {"/tmp/a", "/var/tmp/a", "/home/alice/a", "/root/a",
                                  "/run/user/1000/a", "/run/vscard/../user/1000/a"}) {
    EXPECT_THAT(refused("listen:unix:" + place), HasSubstr("does not see " + place));
    EXPECT_THAT(refused("connect:unix:" + place), HasSubstr("does not see " + place));
  }
  EXPECT_THAT(check_sees(read_pcscd_unit(folder_.path()), "/home/a/handler.so").error().text,
              HasSubstr("does not see /home/a/handler.so"));
}

TEST_F(PcscdUnits, OfDebian13WriteWhereTheyAreToldTo) {
  write(kUnit, kDebian13);
  EXPECT_THAT(refused("listen:unix:/run/vscard/a.sock"),
              HasSubstr("may make no file there; install the package libifd-vscard"));
  EXPECT_THAT(refused("listen:unix:/run/pcscd/a.sock"), HasSubstr("may make no file there"));
  EXPECT_EQ(refused("connect:unix:/run/pcscd/a.sock"), "");
  EXPECT_EQ(refused("listen:unix:@a"), "");
  EXPECT_EQ(refused("listen:tcp://127.0.0.1:35963"), "");
  write(kUnit, std::string(kDebian13) + kSid);
  EXPECT_EQ(refused("listen:unix:/run/pcscd/a.sock"), "");
  write(kOurs, "[Service]\nReadWritePaths=-/run/vscard\n");
  EXPECT_EQ(refused("listen:unix:/run/vscard/a.sock"), "");
  EXPECT_THAT(refused("listen:unix:/run/vscarda.sock"),
              HasSubstr("may make no file there; pcscd and its clients meet in /run/vscard"));
}

TEST_F(PcscdUnits, MayBeChangedByTheMachinesAdministrator) {
  write(kUnit, kDebian13);
  write(kAdmins,
        "[Service]\nCapabilityBoundingSet=CAP_CHOWN\nSystemCallFilter=@chown\n"
        "ProtectHome=no\nPrivateTmp=false\nProtectSystem=no\n");
  EXPECT_EQ(refused("listen:unix:/home/alice/a.sock,user=root"), "");
  write(kUnit, std::string(kDebian13) + kSid);
  EXPECT_THAT(refused("listen:unix:/tmp/a.sock,user=root"), HasSubstr("may give no file"));
  write(kAdmins,
        "[Service]\nAmbientCapabilities=CAP_CHOWN\nCapabilityBoundingSet=CAP_CHOWN\n"
        "SystemCallFilter=\n");
  EXPECT_EQ(refused("listen:unix:/run/pcscd/a.sock,user=root"), "");
  write(kAdmins, "[Service]\nCapabilityBoundingSet=CAP_CHOWN\n");
  write(kUnit, kDebian13);
  EXPECT_THAT(refused("listen:unix:/run/pcscd/a.sock,user=root"), HasSubstr("may give no file"));
  write("etc/systemd/system/pcscd.service", kDebian12);  // in the place of the packaged one
  EXPECT_EQ(refused("listen:unix:/home/alice/a.sock,user=root"), "");
}

}  // namespace
}  // namespace vscard::pcsc_bridge::conf
