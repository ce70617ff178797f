#include "pcsc-bridge/reader_conf.hpp"

#include <gtest/gtest.h>

namespace vscard::pcsc_bridge {
namespace {

TEST(ReaderConf, HasAnEntryForEachReader) {
  const std::string text = reader_conf({{.name = "vscard a", .device = "listen:unix:/run/a.sock"},
                                        {.name = "vscard b", .device = "/etc/vscard/b"}},
                                       "/usr/lib/libifdvscard.so");
  EXPECT_EQ(text,
            "# Made by pcsc-bridge.\n"
            "\n"
            "FRIENDLYNAME  \"vscard a\"\n"
            "DEVICENAME    listen:unix:/run/a.sock\n"
            "LIBPATH       /usr/lib/libifdvscard.so\n"
            "CHANNELID     0\n"
            "\n"
            "FRIENDLYNAME  \"vscard b\"\n"
            "DEVICENAME    /etc/vscard/b\n"
            "LIBPATH       /usr/lib/libifdvscard.so\n"
            "CHANNELID     1\n");
}

TEST(ReaderName, CannotBreakOutOfTheFile) {
  EXPECT_EQ(reader_name("alice"), "vscard alice");
  EXPECT_EQ(reader_name("a\"\nLIBPATH /x"), "vscard a__LIBPATH _x");
  EXPECT_EQ(reader_name(std::string(300, 'x')).size(), 107U);
}

TEST(DeviceName, TakesWhatPcscdDoes) {
  EXPECT_TRUE(fits_device_name("listen:unix:/run/vscard/a-b_c.sock"));
  EXPECT_TRUE(fits_device_name("connect:tcp://127.0.0.1:35963"));
  EXPECT_FALSE(fits_device_name("listen:unix:/run/a,mode=0600")) << "a comma";
  EXPECT_FALSE(fits_device_name("listen:tcp://[::1]:1")) << "brackets";
  EXPECT_FALSE(fits_device_name("listen:unix:/run/a b")) << "a blank";
}

}  // namespace
}  // namespace vscard::pcsc_bridge
