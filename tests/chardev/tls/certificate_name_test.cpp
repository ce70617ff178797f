#include "chardev/tls/certificate_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::chardev::tls {
namespace {

bool same(const char* a, const char* b) {
  return X509_NAME_cmp(parse_name(a).value().get(), parse_name(b).value().get()) == 0;
}

TEST(SpiceCertificateName, IsComparedPartByPart) {
  EXPECT_TRUE(same("O=Example,CN=vmhost", "O=Example, CN=vmhost"));
  EXPECT_FALSE(same("O=Example,CN=vmhost", "CN=vmhost,O=Example"));
  EXPECT_FALSE(same("O=Example,CN=vmhost", "CN=vmhost"));
  EXPECT_FALSE(same("CN=vmhost", "CN=vmhost2"));
}

TEST(SpiceCertificateName, ABackslashHidesAComma) {
  const auto name = parse_name("O=Example\\, Inc.,CN=vmhost");
  ASSERT_TRUE(name) << name.error().text;
  EXPECT_EQ(X509_NAME_entry_count(name->get()), 2);
  EXPECT_EQ(text_of(name->get()), "O=Example\\, Inc.,CN=vmhost");
}

TEST(SpiceCertificateName, RefusesWhatIsNone) {
  for (const char* text : {"", "vmhost", "CN=", "=vmhost", "XX=vmhost", "CN=vmhost,"}) {
    EXPECT_FALSE(parse_name(text)) << text;
  }
}

}  // namespace
}  // namespace vscard::chardev::tls
