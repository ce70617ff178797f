#include "capture/spec.hpp"

#include <gtest/gtest.h>

namespace vscard::capture {
namespace {

std::string error_of(std::string_view text) {
  const auto spec = parse_spec(text);
  return spec ? "" : spec.error().text;
}

TEST(CaptureSpec, IsAFileAndItsLimits) {
  EXPECT_EQ(parse_spec("a.pcapng"), (Spec{.file = "a.pcapng"}));
  EXPECT_EQ(parse_spec("/b,max-size=100M,files=5"),
            (Spec{.file = "/b", .max_size = std::uint64_t{100} << 20, .files = 5}));
  EXPECT_EQ(parse_spec("c,files=3"), (Spec{.file = "c", .files = 3}));
  EXPECT_EQ(parse_spec("a,,b.pcapng"), (Spec{.file = "a,b.pcapng"}));
}

TEST(CaptureSpec, KeepsTheFileBeforeAFullOne) {
  EXPECT_EQ(parse_spec("a,max-size=4096"), (Spec{.file = "a", .max_size = 4096, .files = 2}));
}

TEST(CaptureSpec, HasSizesWithUnits) {
  EXPECT_EQ(parse_spec("a,max-size=4K")->max_size, 4096U);
  EXPECT_EQ(parse_spec("a,max-size=1G")->max_size, std::uint64_t{1} << 30);
  EXPECT_EQ(parse_spec("a,max-size=1024G")->max_size, kMaxMaxSize);
  for (const char* wrong : {"", "0", "4095", "1025G", "K", "-1", "1T", "1.5M", "1M ",
                            "18446744073709551615G", "18446744073709551616"}) {
    const std::string text = std::string("a,max-size=") + wrong;
    EXPECT_EQ(error_of(text), std::string("max-size is 4K to 1024G, as 100M, not '") + wrong + "'");
  }
}

TEST(CaptureSpec, SaysWhatIsWrong) {
  EXPECT_EQ(error_of(""), "no file: FILE.pcapng[,max-size=SIZE][,files=N]");
  EXPECT_EQ(error_of("a,files=0"), "files is 1 to 1000, not '0'");
  EXPECT_EQ(error_of("a,files=1001"), "files is 1 to 1000, not '1001'");
  EXPECT_EQ(error_of("a,size=1"), "there is no 'size'; a capture has max-size and files");
}

TEST(CaptureSpec, UsesTheFolderOfItsFile) {
  using Use = chardev::Access::Use;
  const auto access = access_of({.file = "/var/log/cards/a.pcapng"});
  ASSERT_EQ(access.folders.size(), 1U);
  EXPECT_EQ(access.folders.front(), (chardev::Access::Folder{"/var/log/cards", Use::Write}));
}

}  // namespace
}  // namespace vscard::capture
