#include "certs-test/subject.hpp"

#include <gtest/gtest.h>

namespace vscard::certs_test {
namespace {

TEST(Subject, TakesNameAndAddress) {
  const auto subject = parse_subject("  Alice Adams  <a.adams@corp.test> ");
  ASSERT_TRUE(subject);
  EXPECT_EQ(*subject, (Subject{"Alice Adams", "a.adams@corp.test", "alice-adams"}));
}

TEST(Subject, MakesAnAddressFromTheName) {
  const auto subject = parse_subject("Bob B. Brown");
  ASSERT_TRUE(subject);
  EXPECT_EQ(*subject, (Subject{"Bob B. Brown", "bob-b-brown@example.test", "bob-b-brown"}));
}

TEST(Subject, IsAPrincipalOfTheRealmThatItsDomainNames) {
  EXPECT_EQ(principal_of(*parse_subject("Alice <A.Adams@corp.test>")),
            (Principal{"A.Adams", "CORP.TEST"}));
  EXPECT_EQ(principal_of(*parse_subject("Alice <alice@CORP-2.test>")),
            (Principal{"alice", "CORP-2.TEST"}));
  EXPECT_EQ(principal_of(*parse_subject("Bob")), (Principal{"bob", "EXAMPLE.TEST"}));
}

TEST(Subject, FolderNeverLeavesItsPlace) {
  EXPECT_EQ(parse_subject("../../etc")->folder, "etc");
  EXPECT_EQ(parse_subject("/")->folder, "card");
  EXPECT_EQ(parse_subject("Юлия")->folder, "card");
}

TEST(Subject, CountsCharactersNotBytes) {
  std::string name;
  for (std::size_t i = 0; i < kMaxCommonName; ++i) name += "ü";
  EXPECT_TRUE(parse_subject(name));
  EXPECT_FALSE(parse_subject(name + "x"));
}

TEST(Subject, RefusesWhatACertificateOrOpensslWouldMisread) {
  for (const char* text :
       {"", "   ", "<a@b>", "A <a@b", "A <a@b> x>", "A <a@b>x", "A <ab>", "A <@b>", "A <a@>",
        "A <a@b@c>", "A <a@b,DNS:x>", "A <a b@c>", "A\nB", "A\x7f"}) {
    EXPECT_FALSE(parse_subject(text)) << text;
  }
}

}  // namespace
}  // namespace vscard::certs_test
