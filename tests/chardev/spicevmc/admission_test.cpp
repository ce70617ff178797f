// Whom the SPICE server lets in, and how it goes on with those that it does not.

#include "tests/chardev/spicevmc/fixture.hpp"
#include "tests/peer/raw_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::chardev::spicevmc {
namespace {

using test::Client;
using test::Spicevmc;
using testing::Contains;
using testing::HasSubstr;

TEST_F(Spicevmc, WantsItsPassword) {
  vscard::test::write_text(path("password"), "open sesame\n");
  vscard::test::write_text(path("wrong"), "open barley\n");
  serve("spicevmc://127.0.0.1:0,password-file=" + path("password"));
  const Client& wrong = bring_card(spice_address("spice", ",password-file=" + path("wrong")));
  until([&wrong] { return !wrong.failure.empty(); });
  EXPECT_THAT(wrong.failure, HasSubstr("password"));
  EXPECT_THAT(warnings_, Contains(HasSubstr("nvalid password")));
  EXPECT_TRUE(seen_.words.empty());
  bring_card(spice_address("spice", ",password-file=" + path("password")));
  EXPECT_EQ(next(), "card");
}

TEST_F(Spicevmc, EncryptsWithItsCertificate) {
  make_certificate("tls");
  make_certificate("other");
  vscard::test::write_text(path("password"), "open sesame\n");
  serve("spicevmc://127.0.0.1:0,cert=" + path("tls.pem") + ",key=" + path("tls.key") +
        ",password-file=" + path("password"));
  const std::string password = ",password-file=" + path("password");
  const Client& wary =
      bring_card(spice_address("spice+tls", password + ",ca=" + path("other.pem")));
  until([&wary] { return !wary.failure.empty(); });
  EXPECT_THAT(wary.failure, HasSubstr("certificate"));
  EXPECT_TRUE(seen_.words.empty());
  bring_card(spice_address("spice+tls", password + ",ca=" + path("tls.pem")));
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
}

TEST_F(Spicevmc, SpeaksTlsAlone) {
  make_certificate("tls");
  serve("spicevmc://127.0.0.1:0,cert=" + path("tls.pem") + ",key=" + path("tls.key"));
  const Client& plain = bring_card(spice_address());
  until([&plain] { return !plain.failure.empty(); });
  EXPECT_THAT(plain.failure, HasSubstr("this port speaks TLS"));
  EXPECT_THAT(notices_, Contains(HasSubstr("it does not speak TLS")));
  EXPECT_TRUE(seen_.words.empty());
}

TEST_F(Spicevmc, OutlastsPeersThatDoNotSpeakSpice) {
  serve("spicevmc+unix:" + path("spice"));
  std::vector<vscard::test::RawSocket> idle;
  for (const char* greeting : {"", "00", "474554202f20485454502f312e310d0a0d0a",
                               "5245445102000000020000000000ffff", "52454451"}) {
    for (int i = 0; i < 8; ++i) {
      idle.push_back(vscard::test::RawSocket::connect_unix(path("spice")));
      idle.back().send_hex(greeting);
      io_.restart();
      io_.poll();
    }
  }
  idle.clear();
  bring_card(spice_address("spice+unix"));
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
}

TEST_F(Spicevmc, ServesAClientBehindACrowdThatSaysNothing) {
  serve("spicevmc+unix:" + path("spice"));
  std::vector<vscard::test::RawSocket> idle;
  for (int i = 0; i < 40; ++i) {
    idle.push_back(vscard::test::RawSocket::connect_unix(path("spice")));
    io_.restart();
    io_.poll();
  }
  EXPECT_TRUE(idle.front().ended());
  bring_card(spice_address("spice+unix"));
  EXPECT_EQ(next(), "card");
}

TEST_F(Spicevmc, CutsTheClientWhenTheHostIsDone) {
  serve("spicevmc://127.0.0.1:0");
  const Client& client = bring_card(spice_address(), Reconnect::No);
  EXPECT_EQ(next(), "card");
  host_->leave();
  until([this] { return running_ == 0; });
  EXPECT_THAT(client.failure, HasSubstr("the server closed the session"));
}

TEST_F(Spicevmc, IsOneInAProcess) {
  const auto listen = [this] {
    const auto listener =
        kSpicevmc.listen(io_.get_executor(), parse_address("spicevmc://127.0.0.1:0").value());
    return listener ? "" : listener.error().text;
  };
  EXPECT_EQ(listen(), "");
  EXPECT_EQ(listen(), kOneSpicevmc) << "also when the first one is gone";
}

TEST_F(Spicevmc, TellsWhyItCannotListen) {
  const auto error_of = [this](const std::string& address) {
    const auto listener = kSpicevmc.listen(io_.get_executor(), parse_address(address).value());
    return listener ? "" : listener.error().text;
  };
  const auto taken = vscard::test::RawListener::on_tcp();
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:" + std::to_string(taken.port())),
            "Address already in use");
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:0,password-file=/nowhere/p"),
            "cannot open /nowhere/p: No such file or directory");
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:0,cert=/nowhere/c,key=/nowhere/k"),
            "cannot read a certificate from cert=/nowhere/c: No such file or directory");
  vscard::test::write_text(path("p"), "no PEM");
  EXPECT_THAT(error_of("spicevmc://127.0.0.1:0,cert=" + path("p") + ",key=" + path("p")),
              HasSubstr("cannot read a certificate from"));
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:0"), "") << "what failed does not count";
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
