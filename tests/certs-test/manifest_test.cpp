#include "certs-test/manifest.hpp"

#include "tests/peer/sanitized.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

namespace vscard::certs_test {
namespace {

using test::TempFolder;
using test::write_text;

using testing::HasSubstr;

Manifest example() {
  return {.ca = {.subject = "CA",
                 .serial = "01",
                 .not_before = "2026-01-01T00:00:00Z",
                 .not_after = "2027-01-01T00:00:00Z",
                 .certificate = "ca/ca.pem",
                 .key = "ca/private/ca.key",
                 .crl = "ca/crl.pem",
                 .crl_der = "ca/crl.der"},
          .cards = {{.name = "alice",
                     .defect = "expired",
                     .type = CardType::Cac,
                     .folder = "cards/alice/nssdb",
                     .certificates = {{.nickname = "id",
                                       .subject = "Alice \"Ü\"",
                                       .serial = "02",
                                       .key_usage = {"digitalSignature"},
                                       .extended_key_usage = {},
                                       .not_before = "2026-01-01T00:00:00Z",
                                       .not_after = "2026-01-02T00:00:00Z",
                                       .certificate = "cards/alice/id.pem",
                                       .key = "cards/alice/private/id.key",
                                       .pkcs12 = "cards/alice/private/id.p12"}}}}};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

/// A folder with the example's manifest and empty database files.
void make_set(const std::filesystem::path& folder) {
  write_text(folder / "manifest.json", to_json(example()));
  write_text(folder / "cards/alice/nssdb/cert9.db", "");
  write_text(folder / "cards/alice/nssdb/key4.db", "");
}

TEST(Manifest, RoundTrip) {
  const auto manifest = parse_manifest(to_json(example()));
  ASSERT_TRUE(manifest);
  EXPECT_EQ(*manifest, example());
}

TEST(Manifest, OfBeforeThereWereTypesIsRead) {
  const auto manifest =
      parse_manifest(replaced(to_json(example()), R"("type": "cac")", R"("more": 1)"));
  ASSERT_TRUE(manifest);
  EXPECT_EQ(*manifest, example());
}

TEST(Manifest, NamesThePlaceOfEachTypeOfCard) {
  Manifest piv = example();
  piv.cards[0].type = CardType::Piv;
  EXPECT_EQ(parse_manifest(to_json(piv)).value(), piv);
  EXPECT_NE(to_json(piv).find(R"("folder": "cards/alice)"), std::string::npos);
  EXPECT_FALSE(parse_manifest(replaced(to_json(piv), R"("piv")", R"("cat")")));
  EXPECT_FALSE(parse_manifest(replaced(to_json(piv), R"("piv")", R"("cac")")));
}

TEST(Manifest, EveryTruncationIsAnError) {
  const std::string text = to_json(example());
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    EXPECT_FALSE(parse_manifest(text.substr(0, size))) << size;
  }
}

TEST(Manifest, OtherJsonIsAnError) {
  for (const char* text : {"null", "[]", "{}", "1", "\"\xff\"", "{\"format\": 1}"}) {
    EXPECT_FALSE(parse_manifest(text)) << text;
  }
  EXPECT_FALSE(parse_manifest(std::string(100'000, '[')));
  const std::string text = to_json(example());
  EXPECT_FALSE(parse_manifest(replaced(text, "\"version\": 1", "\"version\": 2")));
  EXPECT_FALSE(parse_manifest(replaced(text, "\"id\"", "7")));
  EXPECT_FALSE(parse_manifest(replaced(text, "\"nickname\"", "\"name\"")));
}

TEST(Manifest, WithoutCardsOrCertificatesIsAnError) {
  Manifest manifest = example();
  manifest.cards[0].certificates.clear();
  EXPECT_FALSE(parse_manifest(to_json(manifest)));
  manifest.cards.clear();
  EXPECT_FALSE(parse_manifest(to_json(manifest)));
}

TEST(Manifest, PathsThatLeadElsewhereAreAnError) {
  for (const char* path : {"", "/etc", "../other", "cards/../../other"}) {
    Manifest manifest = example();
    manifest.cards[0].folder = path;
    EXPECT_FALSE(parse_manifest(to_json(manifest))) << path;
    manifest = example();
    manifest.cards[0].certificates[0].key = path;
    EXPECT_FALSE(parse_manifest(to_json(manifest))) << path;
    manifest = example();
    manifest.ca.crl = path;
    EXPECT_FALSE(parse_manifest(to_json(manifest))) << path;
  }
}

TEST(FindSoftCards, FindsThem) {
  const TempFolder folder;
  make_set(folder.path());
  const auto found = find_soft_cards(folder.path());
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, example());
}

TEST(FindSoftCards, NoneInAMissingOrEmptyFolder) {
  const TempFolder folder;
  for (const auto& place : {folder.path(), folder.path() / "missing"}) {
    const auto found = find_soft_cards(place);
    ASSERT_TRUE(found) << place;
    EXPECT_FALSE(found->has_value()) << place;
  }
}

TEST(FindSoftCards, SomethingElseIsAnError) {
  const TempFolder folder;
  write_text(folder.path() / "file", "");
  EXPECT_THAT(find_soft_cards(folder.path() / "file").error().text, HasSubstr("Not a directory"));
  EXPECT_THAT(find_soft_cards(folder.path()).error().text, HasSubstr("manifest.json"));
  write_text(folder.path() / "manifest.json", "{}");
  EXPECT_THAT(find_soft_cards(folder.path()).error().text, HasSubstr("damaged"));
}

TEST(FindSoftCards, AMissingDatabaseIsAnError) {
  const TempFolder folder;
  make_set(folder.path());
  std::filesystem::remove(folder.path() / "cards/alice/nssdb/key4.db");
  EXPECT_THAT(find_soft_cards(folder.path()).error().text,
              HasSubstr("cards/alice/nssdb/key4.db is missing"));
}

TEST(FindSoftCards, AHugeManifestIsNotRead) {
  const TempFolder folder;
  make_set(folder.path());
  std::filesystem::resize_file(folder.path() / "manifest.json", kMaxManifestSize + 1);
  EXPECT_THAT(find_soft_cards(folder.path()).error().text, HasSubstr("cannot read"));
}

/// Nobody should remove what only cannot be read now.
TEST(FindSoftCards, DoesNotTakeWhatItCannotReadForSomethingElse) {
  if (test::kIsSanitized) GTEST_SKIP() << "the sanitizers need descriptors";
  const test::TempFolder folder;
  test::write_text(folder.path() / "manifest.json", "{}");
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto found = find_soft_cards(folder.path());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().text,
            "cannot read " + (folder.path() / "manifest.json").string() + ": Too many open files");
}

}  // namespace
}  // namespace vscard::certs_test
