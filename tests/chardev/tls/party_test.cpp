// Our client with our server: who they let in, and what they say to the user when they do not.

#include "chardev/tls/party.hpp"

#include "tests/chardev/tls/ends.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::chardev::tls {
namespace {

using Remedy = ConnectError::Remedy;
using TlsParties = test::TlsEnds;

TEST_F(TlsParties, ShowEachOtherTheirCertificates) {
  join(client_keys(), server_keys());
  EXPECT_EQ(client_error_, "");
  EXPECT_EQ(server_error_, "");
  EXPECT_EQ(client_->remote(), "pipe:1");
  EXPECT_EQ(server_->remote(), "pipe:2 (O=Example,CN=laptop)");
  join(client_keys("server", ""), server_keys(""));
  EXPECT_EQ(server_->remote(), "pipe:2") << "it asked nobody";
}

TEST_F(TlsParties, TrustTheirAuthorityAlone) {
  join(client_keys("stranger"), server_keys());
  EXPECT_EQ(client_error_,
            "its certificate is not signed by a trusted authority; give its CA with ca=FILE");
  EXPECT_EQ(remedy_, Remedy::GiveUp);
  EXPECT_EQ(server_error_, "it does not trust the authority of our certificate");
  join(client_keys("server", "stranger"), server_keys());
  EXPECT_EQ(server_error_, "its certificate is not signed by a trusted authority");
  EXPECT_NE(client_error_, "");
}

TEST_F(TlsParties, CompareTheNameOfTheServer) {
  Keys keys = client_keys();
  keys.name = "another";
  join(keys, server_keys());
  EXPECT_EQ(client_error_, "its certificate is not for another; give its name with name=");
  EXPECT_EQ(server_error_, "it refused our certificate");
  write("server", fakes::TlsIdentity("CN=x", "DNS:another"));
  join(keys, server_keys());
  EXPECT_EQ(client_error_, "");
}

TEST_F(TlsParties, LetInTheClientsThatAreNamed) {
  Keys keys = server_keys();
  keys.peers = {"other", "laptop"};
  join(client_keys(), keys);
  EXPECT_EQ(server_error_, "");
  keys.peers = {"other", "lap", "*"};
  join(client_keys(), keys);
  EXPECT_EQ(server_error_, "its certificate has no name of peer=");
  EXPECT_EQ(client_error_, "it refused our certificate");
  write("client", fakes::TlsIdentity("CN=x", "DNS:*.example.org"));
  keys.peers = {"any.example.org"};
  join(client_keys(), keys);
  EXPECT_NE(server_error_, "") << "a client's name is no pattern";
}

TEST_F(TlsParties, RefuseACertificateThatHasExpired) {
  join(client_keys("ended"), [this] {
    Keys keys = server_keys();
    keys.cert = path("ended");
    keys.key = path("ended.key");
    return keys;
  }());
  EXPECT_EQ(client_error_, "its certificate has expired");
  EXPECT_EQ(server_error_, "it refused our certificate, which has expired");
  join(client_keys("server", "ended"), server_keys("ended"));
  EXPECT_EQ(server_error_, "its certificate has expired");
  EXPECT_EQ(client_error_, "it refused our certificate, which has expired");
}

TEST_F(TlsParties, WantACertificateOfTheClient) {
  join(client_keys("server", ""), server_keys());
  EXPECT_EQ(server_error_,
            "it showed no certificate: it needs cert= and key=, from an authority in ca= here");
  EXPECT_EQ(client_error_, "it wants a certificate: give cert= and key=");
}

TEST_F(TlsParties, ShareAKey) {
  write_psks("laptop", "laptop:" + std::string(32, 'a') + "\n");
  join(psk_keys("laptop"), psk_keys("keys"));
  EXPECT_EQ(client_error_, "");
  EXPECT_EQ(server_->remote(), "pipe:2 (laptop)");
  Keys allowed = psk_keys("keys");
  allowed.peers = {"other"};
  join(psk_keys("laptop"), allowed);
  EXPECT_EQ(server_error_, "it shows no name that is in psk=");
  EXPECT_EQ(client_error_, "it does not know the name in psk=, or uses certificates");
}

TEST_F(TlsParties, RefuseAnotherKey) {
  write_psks("wrong", "laptop:" + std::string(32, 'c') + "\n");
  join(psk_keys("wrong"), psk_keys("keys"));
  EXPECT_EQ(server_error_, "its key is not the one that psk= has for its name");
  EXPECT_EQ(client_error_, "it has another key for the name in psk=");
  join(psk_keys("keys"), server_keys());
  EXPECT_EQ(client_error_, "it does not know the name in psk=, or uses certificates");
  join(client_keys(), psk_keys("keys"));
  EXPECT_EQ(server_error_, "it shows no name that is in psk=");
}

TEST_F(TlsParties, ReadTheirFilesAnew) {
  join(client_keys(), server_keys());
  const auto before = std::move(client_);
  const auto served = std::move(server_);
  write("server", fakes::TlsIdentity("CN=vmhost", "DNS:vmhost"));
  join(client_keys(), server_keys());
  EXPECT_EQ(client_error_, "");
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  EXPECT_FALSE(async::test::run(io_, before->write(bytes)));
  EXPECT_EQ(async::test::run(io_, fakes::read_exactly(*served, 3)), bytes) << "it goes on";
}

TEST_F(TlsParties, SayWhichFileIsWrong) {
  Keys keys = server_keys();
  keys.key = path("client.key");
  EXPECT_EQ(check_server_files(keys).error().text,
            "key=" + keys.key + " is not the key of the certificate in cert=" + keys.cert);
  keys.key = path("none");
  EXPECT_EQ(check_server_files(keys).error().text,
            "cannot read a private key, without a passphrase, from key=" + keys.key +
                ": No such file or directory");
  join(client_keys("none"), server_keys());
  EXPECT_EQ(client_error_,
            "cannot read certificates from ca=" + path("none") + ": No such file or directory");
  EXPECT_EQ(remedy_, Remedy::GiveUp);
  EXPECT_EQ(server_error_,
            "it closed the connection before TLS had begun; does it speak TLS there?");
}

TEST_F(TlsParties, KnowAPlainClient) {
  for (const std::string& greeting :
       {std::string("00000001000000000000000c565343440000000200000001"),  // VSC's Init
        std::string("474554202f20485454502f312e310d0a0d0a")}) {           // GET / HTTP/1.1
    auto [near, far] = fakes::make_pipe();
    ASSERT_GT(near->write_now(fakes::from_hex(greeting)), 0);
    const auto accepted = async::test::run(io_, accept_tls13(std::move(far), server_keys()));
    ASSERT_FALSE(accepted);
    EXPECT_EQ(accepted.error().text, "it does not speak TLS");
    std::error_code end;
    const auto answer = async::test::run(io_, fakes::read_to_end(*near, end));
    EXPECT_TRUE(begins_like_tls(answer));
  }
}

}  // namespace
}  // namespace vscard::chardev::tls
