#include "cards/pkcs11/uri.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace vscard::cards::pkcs11 {
namespace {

using testing::HasSubstr;

CK_TOKEN_INFO token_named(std::string_view label) {
  CK_TOKEN_INFO token{};
  for (auto field : {std::span<unsigned char>(token.label), std::span<unsigned char>(token.model),
                     std::span<unsigned char>(token.serialNumber),
                     std::span<unsigned char>(token.manufacturerID)}) {
    std::ranges::fill(field, ' ');
  }
  std::ranges::copy(label, token.label);
  return token;
}

bool names(const std::string& uri, std::string_view label) {
  return Uri::parse(uri).value().names_token(3, {}, token_named(label));
}

TEST(Pkcs11Uri, NamesTokens) {
  EXPECT_TRUE(names("pkcs11:", "mine"));
  EXPECT_TRUE(names("pkcs11:token=mine", "mine"));
  EXPECT_FALSE(names("pkcs11:token=mine", "yours"));
  EXPECT_TRUE(names("pkcs11:token=m%69ne", "mine"));
  EXPECT_TRUE(names("pkcs11:slot-id=3", "mine"));
  EXPECT_FALSE(names("pkcs11:slot-id=4", "mine"));
  EXPECT_TRUE(names(uri_of(token_named("my token;1")), "my token;1"));
}

TEST(Pkcs11Uri, NamesObjects) {
  const std::vector<unsigned char> id{0x01, 0xff};
  const auto names_it = [&](const std::string& uri) {
    return Uri::parse(uri).value().names_object(id, "key");
  };
  EXPECT_TRUE(names_it("pkcs11:"));
  EXPECT_TRUE(names_it("pkcs11:id=%01%FF"));
  EXPECT_FALSE(names_it("pkcs11:id=%01"));
  EXPECT_TRUE(names_it("pkcs11:object=key;type=private"));
  EXPECT_FALSE(names_it("pkcs11:id=%01%FF;object=other"));
}

TEST(Pkcs11Uri, NamesAModule) {
  EXPECT_EQ(Uri::parse("pkcs11:token=a?module-path=/lib/x.so").value().module_path(), "/lib/x.so");
  EXPECT_EQ(Uri::parse("pkcs11:token=a").value().module_path(), std::nullopt);
}

TEST(Pkcs11Uri, SaysWhatIsWrong) {
  const auto why = [](const std::string& uri) {
    const auto parsed = Uri::parse(uri);
    return parsed ? "" : parsed.error().text;
  };
  EXPECT_THAT(why("pkcs12:"), HasSubstr("not a PKCS#11 URI"));
  EXPECT_THAT(why("pkcs11:id=%0"), HasSubstr("not a PKCS#11 URI"));
  EXPECT_THAT(why("pkcs11:colour=red"), HasSubstr("an attribute that p11-kit does not know"));
  EXPECT_THAT(why("pkcs11:token=a?pin-value=1234"), HasSubstr("leave the PIN out"));
  EXPECT_THAT(why("pkcs11:token=a?pin-source=/x"), HasSubstr("leave the PIN out"));
  EXPECT_EQ(why("pkcs11:token=a?pin-value=1234").find("1234"), std::string::npos);
}

}  // namespace
}  // namespace vscard::cards::pkcs11
