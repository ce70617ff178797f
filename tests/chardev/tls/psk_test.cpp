#include "chardev/tls/psk.hpp"

#include "tests/fakes/hex.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <sys/stat.h>

namespace vscard::chardev::tls {
namespace {

const std::string kKey(32, 'a');  ///< 16 bytes in hex

Result<Psks> parse(const std::string& text) {
  return parse_psks(std::vector<std::uint8_t>(text.begin(), text.end()));
}
std::string wrong(const std::string& text) {
  const auto psks = parse(text);
  return psks ? "" : psks.error().text;
}

TEST(TlsPsk, IsALineOfPsktools) {
  const auto psks = parse("laptop:7f04d43cc4e6e8ca83131bec9218006e\n\nvm 2:" + kKey + kKey + "\n");
  ASSERT_TRUE(psks) << psks.error().text;
  ASSERT_EQ(psks->size(), 2);
  EXPECT_EQ((*psks)[0].name, "laptop");
  EXPECT_EQ(fakes::to_hex((*psks)[0].key.view()), "7f04d43cc4e6e8ca83131bec9218006e");
  EXPECT_EQ((*psks)[1].name, "vm 2");
  EXPECT_EQ((*psks)[1].key.size(), 32);
}

TEST(TlsPsk, RefusesWhatIsNoSuchLine) {
  const std::string no_key = " has no key of 16 to 512 bytes, in hex, behind the colon";
  EXPECT_EQ(wrong(""), "it has no line NAME:HEXKEY");
  EXPECT_EQ(wrong("laptop"), "line 1" + no_key);
  EXPECT_EQ(wrong("laptop:" + kKey + "\nvm:" + kKey + "a"), "line 2" + no_key) << "half a byte";
  EXPECT_EQ(wrong("laptop:" + kKey.substr(2)), "line 1" + no_key) << "15 bytes";
  EXPECT_EQ(wrong("laptop:" + kKey + "\r\n"), "line 1" + no_key);
  EXPECT_EQ(wrong("laptop:g" + kKey.substr(1)), "line 1" + no_key);
  EXPECT_EQ(wrong("laptop:" + std::string(1026, 'a')), "line 1" + no_key);
  EXPECT_NE(wrong(":" + kKey), "");
  EXPECT_NE(wrong("#6d:" + kKey), "") << "GnuTLS's names in hex";
  EXPECT_NE(wrong(std::string(129, 'x') + ":" + kKey), "");
}

TEST(TlsPsk, IsReadFromAFileOfItsOwnersAlone) {
  const test::TempFolder folder;
  const std::string path = folder.path() / "keys.psk";
  EXPECT_EQ(read_psk_file(path).error().text,
            "cannot open " + path + ": No such file or directory");
  test::write_text(path, "laptop:" + kKey + "\n");
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_EQ(read_psk_file(path).error().text,
              "others than its owner can open " + path + ": chmod 600 " + path);
  }
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  EXPECT_TRUE(read_psk_file(path));
  test::write_text(path, "laptop\n");
  EXPECT_TRUE(read_psk_file(path).error().text.starts_with(path + ": line 1"));
}

TEST(TlsPsk, MayBeSomebodyElsesFileThatIsReadByItsGroup) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const test::TempFolder folder;
  const std::string path = folder.path() / "keys.psk";
  test::write_text(path, "laptop:" + kKey + "\n");
  constexpr uid_t kNobody = 65534;
  ASSERT_EQ(::chown(path.c_str(), kNobody, ::getegid()), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0440), 0);
  EXPECT_TRUE(read_psk_file(path));
  for (const mode_t mode : {0444U, 0460U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_FALSE(read_psk_file(path));
  }
}

}  // namespace
}  // namespace vscard::chardev::tls
