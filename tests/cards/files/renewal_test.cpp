#include "cards/files/renewal.hpp"

#include "cards/files/kind.hpp"
#include "cards/piv/memory_card.hpp"
#include "tests/cards/certificates/made.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace vscard::cards::files {
namespace {

using namespace std::chrono_literals;
using piv::Slot;
using piv::Tag;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FileRenewal : public testing::Test {
 protected:
  FileRenewal() : folder_(testing::TempDir() + "renewal-" + std::to_string(::getpid())) {
    std::filesystem::create_directory(folder_);
    write(*key_, "first");
  }
  ~FileRenewal() override { std::filesystem::remove_all(folder_); }

  std::string file() const { return folder_ + "/me.pem"; }
  /// In the place of the file before, as programs do it.
  void replace(const std::string& text) {
    std::ofstream(file() + ".new") << text;
    ::chmod((file() + ".new").c_str(), 0600);
    std::filesystem::rename(file() + ".new", file());
  }
  void write(EVP_PKEY& key, const std::string& name) {
    replace(test::to_pem(key) + test::to_pem(*test::make_certificate({.name = name}, key)));
  }
  static std::string certificate(EVP_PKEY& key, const std::string& name) {
    return test::to_pem(*test::make_certificate({.name = name}, key));
  }

  OpenOptions options() {
    return {.tell = [this](const std::string& line) { told_.push_back(line); },
            .warn = [this](const std::string& line) { warned_.push_back(line); }};
  }
  CardSpec spec(std::optional<chardev::SecretSource> password = {}) {
    const Source source{.form = Source::Form::Pem, .path = file()};
    return {.kind = &kFiles,
            .name = "soft",
            .details = Options{.sources = {source}, .password = std::move(password)}};
  }
  piv::State card(const CardSpec& spec) {
    const auto pin = protocol::SecretBytes::copy_of(std::vector<std::uint8_t>(6, '1'));
    return piv::state_with(look_into(spec, options(), Attempt::First).value(), pin).value();
  }

  std::string folder_;
  test::MadeKey key_ = test::make_key();
  std::vector<std::string> told_;
  std::vector<std::string> warned_;
};

TEST_F(FileRenewal, LeavesACardAloneWhoseFilesAreTheSame) {
  Renewal renewal(spec(), options());
  const piv::State before = card(spec());
  told_.clear();
  EXPECT_EQ(renewal(before), std::nullopt);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(FileRenewal, ShowsTheNewCertificateAndKeepsThePin) {
  Renewal renewal(spec(), options());
  piv::State before = card(spec());
  before.pin.tries = 1;
  write(*key_, "second");
  told_.clear();
  const auto after = renewal(before);
  ASSERT_TRUE(after);
  EXPECT_THAT(told_, ElementsAre("soft: its files have changed, and are read again",
                                 HasSubstr("soft: 9A: CN=second, P-256")));
  EXPECT_NE(after->objects.at(Tag::AuthenticationCertificate),
            before.objects.at(Tag::AuthenticationCertificate));
  EXPECT_NE(after->objects.at(Tag::Chuid), before.objects.at(Tag::Chuid)) << "programs cache by it";
  EXPECT_NE(after->serial, before.serial);
  EXPECT_EQ(after->pin, before.pin);
  EXPECT_EQ(after->keys.at(Slot::Attestation), before.keys.at(Slot::Attestation));
  EXPECT_EQ(renewal(*after), std::nullopt) << "they have not changed since";
}

TEST_F(FileRenewal, TakesAwayWhatIsNoLongerThere) {
  const auto other = test::make_key();
  replace(test::to_pem(*key_) + certificate(*key_, "a") + test::to_pem(*other) +
          certificate(*other, "b"));
  Renewal renewal(spec(), options());
  const piv::State before = card(spec());
  EXPECT_TRUE(before.keys.contains(Slot::Signature));
  write(*other, "b");
  const auto after = renewal(before);
  ASSERT_TRUE(after);
  EXPECT_FALSE(after->keys.contains(Slot::Signature));
  EXPECT_FALSE(after->objects.contains(Tag::SignatureCertificate));
}

TEST_F(FileRenewal, KeepsTheCardWhenTheFilesCannotBeRead) {
  Renewal renewal(spec(), options());
  const piv::State before = card(spec());
  for (const std::string& text : {std::string("half a fi"), certificate(*key_, "alone")}) {
    replace(text);
    warned_.clear();
    EXPECT_EQ(renewal(before), std::nullopt);
    EXPECT_THAT(warned_, Contains(HasSubstr("soft: the card stays as it was: "))) << text;
  }
  std::filesystem::remove(file());
  warned_.clear();
  EXPECT_EQ(renewal(before), std::nullopt);
  EXPECT_THAT(warned_, ElementsAre(HasSubstr("soft: the card stays as it was: cannot open")));
  write(*key_, "third");
  EXPECT_TRUE(renewal(before)) << "it is looked for again";
}

TEST_F(FileRenewal, DoesNotAskForAPasswordAgain) {
  Renewal renewal(spec(0), options());
  const piv::State before = card(spec());
  replace(test::to_encrypted_pem(*key_, "secret") + certificate(*key_, "second"));
  EXPECT_EQ(renewal(before), std::nullopt);
  EXPECT_THAT(warned_,
              ElementsAre("soft: the card stays as it was: " + file() +
                          ": its password is needed and was not kept; start the program again, or "
                          "say password-file=FILE"));
}

TEST_F(FileRenewal, ReadsAPasswordFileAgain) {
  const std::string password = folder_ + "/password";
  std::ofstream(password) << "secret\n";
  Renewal renewal(spec(password), options());
  const piv::State before = card(spec(password));
  std::ofstream(password) << "another\n";
  replace(test::to_encrypted_pem(*key_, "another") + certificate(*key_, "second"));
  EXPECT_TRUE(renewal(before));
}

}  // namespace
}  // namespace vscard::cards::files
