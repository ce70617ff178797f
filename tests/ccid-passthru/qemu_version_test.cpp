#include "ccid-passthru/qemu_version.hpp"

#include <gtest/gtest.h>

namespace vscard::ccid_passthru {
namespace {

TEST(QemuVersion, ReadsWhatQemuPrints) {
  EXPECT_EQ(parse_qemu_version("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\n"),
            (QemuVersion{7, 2}));
  EXPECT_EQ(parse_qemu_version("QEMU emulator version 11.1.3 (Debian 1:11.1.3+ds-1)\n"),
            (QemuVersion{11, 1}));
  EXPECT_EQ(parse_qemu_version("QEMU emulator version 10.0"), (QemuVersion{10, 0}));
}

TEST(QemuVersion, IsUnknownWhereNothingLikeItIsPrinted) {
  for (const char* text : {"", "version ", "QEMU emulator version 11", "QEMU emulator version 11.",
                           "QEMU emulator version .1", "QEMU emulator version x.y"}) {
    EXPECT_EQ(parse_qemu_version(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace vscard::ccid_passthru
