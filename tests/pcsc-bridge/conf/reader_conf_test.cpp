#include "pcsc-bridge/conf/reader_conf.hpp"

#include <gtest/gtest.h>

namespace vscard::pcsc_bridge::conf {
namespace {

TEST(ReaderConf, HasAnEntryForEachReader) {
  const std::string text = reader_conf({{.name = "vscard a", .device = "listen:unix:/run/a.sock"},
                                        {.name = "vscard b", .device = "listen:unix:/b,mode=0660"}},
                                       "/usr/lib/libifdvscard.so");
  EXPECT_EQ(text,
            "# Made by pcsc-bridge.\n"
            "\n"
            "FRIENDLYNAME  \"vscard a\"\n"
            "DEVICENAME    \"listen:unix:/run/a.sock\"\n"
            "LIBPATH       /usr/lib/libifdvscard.so\n"
            "CHANNELID     0\n"
            "\n"
            "FRIENDLYNAME  \"vscard b\"\n"
            "DEVICENAME    \"listen:unix:/b,mode=0660\"\n"
            "LIBPATH       /usr/lib/libifdvscard.so\n"
            "CHANNELID     1\n");
}

TEST(ReaderName, CannotBreakOutOfTheFile) {
  EXPECT_EQ(reader_name("alice"), "vscard alice");
  EXPECT_EQ(reader_name("a\"\nLIBPATH /x"), "vscard a__LIBPATH _x");
  EXPECT_EQ(reader_name(std::string(300, 'x')).size(), 107U);
}

TEST(ReaderConf, HasNoWayToWriteAQuote) {
  EXPECT_TRUE(fits_reader_conf("listen:tcp://[::1]:35963,peer-max-apdu=65544"));
  EXPECT_FALSE(fits_reader_conf("listen:unix:/run/a\"b"));
  EXPECT_FALSE(fits_reader_conf("listen:unix:/run/a\nLIBPATH /x"));
}

}  // namespace
}  // namespace vscard::pcsc_bridge::conf
