#include "cards/libcacard/uri.hpp"

#include <gtest/gtest.h>

namespace vscard::cards::libcacard {
namespace {

TEST(Uri, EncodesAllButLettersAndDigits) {
  EXPECT_EQ(percent_encoded("a, (b)%\xc3\xa9;1"), "a%2C%20%28b%29%25%C3%A9%3B1");
  EXPECT_EQ(percent_encoded_hex("0AFF"), "%0A%FF");
  EXPECT_EQ(percent_encoded_hex(""), "");
}

TEST(Uri, HasNoEndOfAWordForLibcacard) {
  EXPECT_EQ(escaped_for_libcacard("pkcs11:token=a,%20(b)"), "pkcs11:token=a%2C%20%28b%29");
}

TEST(Uri, NamesACertificateByTokenIdAndLabel) {
  Certificate it;
  it.nickname = "a, b";
  it.id = "0A0B";
  for (const std::string uri : {"pkcs11:id=%0a%0B", "pkcs11:object=a%2C%20b;type=cert",
                                "pkcs11:token=t;id=%0A%0B;object=a,%20b", "pkcs11:"}) {
    EXPECT_EQ(uri_names(uri, it, "t"), true) << uri;
  }
  for (const std::string uri : {"pkcs11:id=%0A", "pkcs11:object=a", "pkcs11:token=u;id=%0A%0B"}) {
    EXPECT_EQ(uri_names(uri, it, "t"), false) << uri;
  }
  EXPECT_EQ(uri_names("pkcs11:%", it, "t"), std::nullopt);
}

}  // namespace
}  // namespace vscard::cards::libcacard
