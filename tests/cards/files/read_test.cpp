// What is found in files that programs of others have written: tests/data/key_files/make.sh.

#include "cards/files/read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace vscard::cards::files {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string path(const std::string& name) {
  return std::string(VSCARD_TEST_DATA) + "/key_files/" + name;
}

Source p12(const std::string& name) { return {.form = Source::Form::Pkcs12, .path = path(name)}; }
Source pem(const std::string& name) { return {.form = Source::Form::Pem, .path = path(name)}; }

class KeyFiles : public testing::Test {
 protected:
  KeyFiles() : folder_(testing::TempDir() + "key-files-" + std::to_string(::getpid())) {
    std::filesystem::create_directory(folder_);
  }
  ~KeyFiles() override { std::filesystem::remove_all(folder_); }

  std::string password(const std::string& text) {
    std::string file = folder_ + "/password";
    std::ofstream(file) << text << '\n';
    return file;
  }

  Result<Identities> read(std::vector<Source> sources, const char* secret = "secret") {
    Options options{.sources = std::move(sources)};
    if (secret != nullptr) options.password = password(secret);
    return read_all(options, [this](const std::string& line) { told_.push_back(line); });
  }

  std::string failure(std::vector<Source> sources, const char* secret = "secret") {
    const auto found = read(std::move(sources), secret);
    return found ? "" : found.error().text;
  }

  std::string folder_;
  std::vector<std::string> told_;
};

/// "P-256 Bob (name) < Test CA < Test Root", for each key.
std::vector<std::string> describe(const Identities& found) {
  const auto common_name = [](const X509& certificate) {
    const std::string subject = subject_of(certificate);
    return subject.substr(3, subject.find(',') - 3);
  };
  std::vector<std::string> lines;
  for (const Identity& it : found.usable) {
    std::string line = kind_of(*it.key) + " " + common_name(*it.certificate);
    if (!it.name.empty()) line += " (" + it.name + ")";
    for (const auto& issuer : it.chain) line += " < " + common_name(*issuer);
    lines.push_back(line);
  }
  return lines;
}

struct Written {
  const char* file;
  const char* keys;
};
class KeyFilesOf : public KeyFiles, public testing::WithParamInterface<Written> {};
constexpr std::array kWritten{
    Written{"openssl-3.0.p12", "RSA-2048 Alice (Alice) < Test CA < Test Root"},
    Written{"openssl-3.0-legacy.p12", "RSA-2048 Alice (Alice) < Test CA < Test Root"},
    Written{"pk12util-3.87.p12", "RSA-2048 Alice (Alice) < Test CA < Test Root"},
    Written{"certtool-3.7.9.p12", "P-256 Bob (Bob) < Test CA"}};
INSTANTIATE_TEST_SUITE_P(Programs, KeyFilesOf, testing::ValuesIn(kWritten));

TEST_P(KeyFilesOf, OthersAreRead) {
  const auto found = read({p12(GetParam().file)});
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_THAT(describe(*found), ElementsAre(GetParam().keys));
  EXPECT_THAT(found->lines, IsEmpty());
}

TEST_F(KeyFiles, WithSeveralKeysGiveEachItsOwnCertificate) {
  const auto found = read({p12("keytool-17.p12")});
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_THAT(describe(*found), ElementsAre("RSA-2048 Alice (alice) < Test CA < Test Root",
                                            "P-256 Bob (bob) < Test CA < Test Root"));
  EXPECT_THAT(found->lines, ElementsAre(HasSubstr("keytool-17.p12: the certificate CN=Ed,O=Example "
                                                  "has no key here")));
}

TEST_F(KeyFiles, SayThatTheyAreSlow) {
  ASSERT_TRUE(read({p12("pk12util-3.87.p12")}));
  EXPECT_THAT(told_, ElementsAre(HasSubstr("opening it takes a while")));
  told_.clear();
  ASSERT_TRUE(read({p12("openssl-3.0.p12")}));
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(KeyFiles, HaveNamesAndPasswordsInUtf8) {
  const auto found = read({p12("openssl-3.0-utf8.p12")}, "pässwörd");
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_THAT(describe(*found), ElementsAre("P-256 Bob (Ünï cödé 日本)"));
}

TEST_F(KeyFiles, WithoutAPasswordAreOpenedWithoutAskingForIt) {
  for (const char* file : {"openssl-3.0-empty.p12", "openssl-3.0-plain.p12"}) {
    const auto found = read({p12(file)}, nullptr);
    ASSERT_TRUE(found) << file << ": " << found.error().text;
    EXPECT_THAT(describe(*found), ElementsAre("P-256 Bob"));
  }
}

TEST_F(KeyFiles, WhoseIntegrityCannotBeCheckedAreReadAndSaySo) {
  const auto without = read({p12("openssl-3.0-nomac.p12")});
  ASSERT_TRUE(without) << without.error().text;
  EXPECT_THAT(describe(*without), ElementsAre("P-256 Bob"));
  EXPECT_THAT(without->lines, ElementsAre(HasSubstr("it has no MAC")));
  const auto pbmac1 = read({p12("openssl-3.5-pbmac1.p12")});
  ASSERT_TRUE(pbmac1) << pbmac1.error().text;
  EXPECT_THAT(describe(*pbmac1), ElementsAre("P-256 Bob"));
  if (OpenSSL_version_num() < 0x30400000) {
    EXPECT_THAT(pbmac1->lines, ElementsAre(HasSubstr("PBMAC1")));
  }
}

TEST_F(KeyFiles, TellAWrongPasswordFromWhatIsNotTheirForm) {
  for (const char* file : {"openssl-3.0.p12", "openssl-3.0-legacy.p12", "openssl-3.0-nomac.p12",
                           "openssl-3.5-pbmac1.p12"}) {
    EXPECT_EQ(failure({p12(file)}, "wrong"), path(file) + ": wrong password");
  }
  EXPECT_EQ(failure({pem("alice-pkcs8.key")}, "wrong"), path("alice-pkcs8.key: wrong password"));
  EXPECT_EQ(failure({pem("alice-traditional.key")}, "wrong"),
            path("alice-traditional.key: wrong password"));
  EXPECT_THAT(failure({p12("alice.pem")}), HasSubstr("it is PEM, not PKCS#12: say pem="));
  EXPECT_THAT(failure({p12("make.sh")}), HasSubstr("it is not PKCS#12"));
  EXPECT_THAT(failure({pem("openssl-3.0.p12")}), HasSubstr("it has no PEM; a file of PKCS#12 is"));
  EXPECT_THAT(failure({pem("none")}), HasSubstr("cannot open"));
}

TEST_F(KeyFiles, OfPemBelongTogetherWhateverTheirOrder) {
  for (const char* key : {"alice.key", "alice-pkcs8.key", "alice-traditional.key"}) {
    const auto found = read({pem(key), pem("root.pem"), pem("ca.pem"), pem("alice.pem"),
                             pem("bob.pem"), pem("bob.key")});
    ASSERT_TRUE(found) << found.error().text;
    EXPECT_THAT(describe(*found), ElementsAre("RSA-2048 Alice < Test CA < Test Root",
                                              "P-256 Bob < Test CA < Test Root"));
    EXPECT_THAT(found->lines, IsEmpty());
  }
}

TEST_F(KeyFiles, SayWhatCannotBeUsed) {
  const auto mixed = read({pem("alice.key"), pem("bob.pem"), pem("openssh.key")});
  ASSERT_TRUE(mixed);
  EXPECT_THAT(mixed->usable, IsEmpty());
  EXPECT_THAT(
      mixed->lines,
      ElementsAre(HasSubstr("openssh.key: a key in OpenSSH's form is left out"),
                  "the key (RSA-2048) does not fit the certificate CN=Bob,O=Example; export "
                  "them together again",
                  "the certificate CN=Bob,O=Example has no key here, and is not shown"));
  const auto alone = read({pem("alice.key")});
  ASSERT_TRUE(alone);
  EXPECT_THAT(alone->lines, ElementsAre(HasSubstr("has no certificate, without which")));
}

TEST_F(KeyFiles, SayWhichKeysOthersCanRead) {
  const auto exposed = [this](const char* name, unsigned mode) {
    const std::string file = folder_ + "/" + name;
    std::filesystem::copy_file(path(name), file, std::filesystem::copy_options::overwrite_existing);
    ::chmod(file.c_str(), mode);
    return read({{.form = Source::Form::Pem, .path = file}}).value().exposed;
  };
  EXPECT_THAT(exposed("alice.key", 0644), ElementsAre(HasSubstr("chmod 600 " + folder_)));
  EXPECT_THAT(exposed("alice.key", 0600), IsEmpty());
  EXPECT_THAT(exposed("alice-pkcs8.key", 0644), IsEmpty()) << "it is encrypted";
  EXPECT_THAT(exposed("alice-traditional.key", 0644), IsEmpty()) << "likewise";
  EXPECT_THAT(exposed("alice.pem", 0644), IsEmpty()) << "a certificate";
}

FoundCertificate certificate_of(EVP_PKEY& key, const char* name) {
  Certificate made(X509_new());
  const auto* const text = reinterpret_cast<const unsigned char*>(name);  // NOLINT
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8, text, -1, -1,
                             0);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 1000);
  X509_set_pubkey(made.get(), &key);
  X509_sign(made.get(), &key, EVP_sha256());
  return {.certificate = std::move(made)};
}

TEST(Identities, SayThatAKeyIsShownWithItsFirstCertificate) {
  Contents contents;
  contents.keys.push_back({.key = Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"))});
  for (const char* name : {"old", "new"})
    contents.certificates.push_back(certificate_of(*contents.keys.front().key, name));
  const Identities found = identify(std::move(contents));
  ASSERT_EQ(found.usable.size(), 1U);
  EXPECT_THAT(found.lines,
              ElementsAre("the certificate CN=new is left out: its key is shown with CN=old, which "
                          "comes first; a card has one certificate for each key"));
}

TEST_F(KeyFiles, OfAFolderAreReadInTheOrderOfTheirNames) {
  std::filesystem::copy_file(path("openssl-3.0.p12"), folder_ + "/b.pfx");
  std::filesystem::copy_file(path("keytool-17.p12"), folder_ + "/a.p12");
  std::ofstream(folder_ + "/c.txt") << "not a key\n";
  const auto found = read({{.form = Source::Form::Pkcs12, .path = folder_}});
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_THAT(describe(*found), ElementsAre("RSA-2048 Alice (alice) < Test CA < Test Root",
                                            "P-256 Bob (bob) < Test CA < Test Root",
                                            "RSA-2048 Alice (Alice) < Test CA < Test Root"));
  EXPECT_THAT(failure({{.form = Source::Form::Pem, .path = folder_}}),
              HasSubstr("the folder has no such file"));
}

TEST_F(KeyFiles, NeedTheirPassword) {
  const int terminal = ::dup(STDIN_FILENO);
  ::close(STDIN_FILENO);
  EXPECT_THAT(failure({p12("openssl-3.0.p12")}, nullptr), HasSubstr("say password-file=FILE"));
  EXPECT_THAT(failure({pem("alice-pkcs8.key")}, nullptr), HasSubstr("say password-file=FILE"));
  ::dup2(terminal, STDIN_FILENO);
  ::close(terminal);
}

}  // namespace
}  // namespace vscard::cards::files
