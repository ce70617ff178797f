#include "chardev/tls/pairing/folder.hpp"

#include "chardev/tls/pairing/identity.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <filesystem>
#include <string>
#include <sys/stat.h>

namespace vscard::chardev::tls::pairing {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PairingFolder : public testing::Test {
 protected:
  fs::path path() const { return temporary_.path() / "pairings"; }
  Folder folder() const { return Folder(path()); }
  static CertificatePtr certificate() {
    const auto pem = new_identity("any");
    const BioPtr bio(BIO_new_mem_buf(pem.view().data(), static_cast<int>(pem.size())));
    return CertificatePtr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  }
  std::string add(const std::string& name, X509* certificate) const {
    return folder().add(name, "", certificate).value();
  }

  vscard::test::TempFolder temporary_;
};

TEST_F(PairingFolder, IsMadeOnceForItsOwnerAlone) {
  ASSERT_TRUE(folder().open());
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(folder().key_file()).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  const std::string key = vscard::test::read_file(folder().key_file());
  EXPECT_THAT(key, HasSubstr("PRIVATE KEY"));
  ASSERT_TRUE(folder().open());
  EXPECT_EQ(vscard::test::read_file(folder().key_file()), key);
}

TEST_F(PairingFolder, IsRefusedWhereOthersCanUseIt) {
  ASSERT_TRUE(folder().open());
  fs::permissions(folder().key_file(), fs::perms::group_read, fs::perm_options::add);
  EXPECT_THAT(folder().open().error().text, HasSubstr("chmod go= " + folder().key_file()));
  fs::permissions(path(), fs::perms::others_exec, fs::perm_options::add);
  EXPECT_THAT(folder().open().error().text, HasSubstr("chmod go= " + path().string()));
}

TEST_F(PairingFolder, GivesEachPeerANameOfItsOwn) {
  ASSERT_TRUE(folder().open());
  const auto one = certificate();
  const auto two = certificate();
  EXPECT_EQ(add("lap top/../x", one.get()), "lap-top-..-x");
  EXPECT_EQ(add("lap top/../x", two.get()), "lap-top-..-x-2");
  EXPECT_EQ(add("renamed", one.get()), "renamed");
  ASSERT_EQ(folder().peers()->size(), 2) << "the same key, once";
  EXPECT_EQ((*folder().peers())[1].peer.fingerprint, fingerprint_of(one.get()));
  EXPECT_EQ(folder().add("vmhost", "vmhost", one.get()).value(), "vmhost");
  EXPECT_EQ(folder().add("vmhost", "192.0.2.1", one.get()).value(), "vmhost-2");
  EXPECT_EQ(folder().peers()->size(), 4) << "a host by each of its names";
  EXPECT_TRUE(folder().remove("vmhost"));
  EXPECT_TRUE(folder().remove("vmhost-2"));
  EXPECT_TRUE(folder().remove("renamed"));
  EXPECT_FALSE(folder().remove("../pairings/lap-top-..-x-2"));
  EXPECT_EQ(folder().peers()->size(), 1);
}

TEST_F(PairingFolder, MakesANameOfWhateverAPeerSays) {
  EXPECT_EQ(safe_name(""), "peer");
  EXPECT_EQ(safe_name("../.."), "peer");
  EXPECT_EQ(safe_name(".hidden"), "hidden");
  EXPECT_EQ(safe_name(std::string("a\0\n\x1b[b", 6)), "a----b");
  EXPECT_EQ(safe_name(std::string(100, 'x')), std::string(48, 'x'));
}

TEST_F(PairingFolder, PassesOverFilesThatAreNoPeers) {
  ASSERT_TRUE(folder().open());
  vscard::test::write_text(path() / "broken.peer", "-----BEGIN CERTIFICATE-----\nAAAA\n");
  ASSERT_EQ(::mkfifo((path() / "pipe.peer").c_str(), 0600), 0);
  EXPECT_TRUE(folder().peers()->empty());
}

TEST_F(PairingFolder, TellsOfAPeerThatItCannotRead) {
  ASSERT_TRUE(folder().open());
  std::filesystem::create_symlink("vm.peer", path() / "vm.peer");
  EXPECT_NE(folder().peers().error().text.find("cannot read "), std::string::npos);
  EXPECT_NE(folder().remove("vm").error().text.find("cannot read "), std::string::npos);
}

TEST_F(PairingFolder, IsAFolder) {
  EXPECT_EQ(Folder("/dev/null").open().error().text, "/dev/null is not a folder");
}

}  // namespace
}  // namespace vscard::chardev::tls::pairing
