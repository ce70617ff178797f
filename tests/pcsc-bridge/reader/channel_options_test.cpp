#include "pcsc-bridge/reader/channel_options.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vscard::pcsc_bridge::reader {
namespace {

using testing::HasSubstr;

class IfdChannelOptions : public testing::Test {
 protected:
  Result<session::VscLinkOptions> parse_file(std::string_view text) {
    test::write_text(file_, text);
    return parse_channel(file_.native());
  }
  std::string error_of(std::string_view text) {
    const auto options = parse_file(text);
    return options ? "" : options.error().text;
  }

  test::TempFolder folder_;
  std::filesystem::path file_ = folder_.path() / "reader";
};

TEST_F(IfdChannelOptions, AreAnEndpoint) {
  const auto options = parse_channel("listen:unix:/run/a.sock").value();
  EXPECT_EQ(options.link.endpoint, chardev::parse_endpoint("listen:unix:/run/a.sock").value());
  EXPECT_EQ(options.transport, &chardev::kUnix);
  EXPECT_EQ(options.peer, protocol::vsc::PeerLimits{});
  EXPECT_EQ(options.apdu_timeout, protocol::vsc::kApduTimeout);
}

TEST_F(IfdChannelOptions, AreOfThisMachineOrEncrypted) {
  EXPECT_THAT(parse_channel("listen:tcp://0.0.0.0:1").error().text,
              HasSubstr("will not listen on tcp://0.0.0.0:1"));
  EXPECT_THAT(parse_channel("connect:tcp://192.0.2.1:1").error().text,
              HasSubstr("or add ,insecure=yes"));
  EXPECT_TRUE(parse_channel("listen:tcp://127.0.0.1:1"));
  using Exposure = session::LinkOptions::Exposure;
  EXPECT_EQ(parse_channel("connect:tcp://192.0.2.1:1,insecure=yes").value().link.exposure,
            Exposure::Allowed);
  EXPECT_EQ(parse_channel("connect:unix:/a").value().link.exposure, Exposure::Refused);
  EXPECT_EQ(parse_channel("connect:unix:/a,insecure=no").error().text,
            "insecure=no is not insecure=yes");
}

TEST_F(IfdChannelOptions, LeavePcscdItsOwnStreams) {
  for (const char* text : {"stdio:", "connect:fd:3", "listen:fd:systemd"}) {
    EXPECT_THAT(parse_channel(text).error().text, HasSubstr("is not for pcscd")) << text;
  }
  EXPECT_TRUE(parse_channel("connect:exec:ssh cardhost vscclient --vsc stdio:"));
}

TEST_F(IfdChannelOptions, LoadNoFurtherLibraryIntoPcscd) {
  for (const std::string scheme : {"nats", "nats+tls", "vnc"}) {
    EXPECT_EQ(parse_channel("connect:" + scheme + "://127.0.0.1:4222/desk.alice").error().text,
              scheme + ":// is not for pcscd: pcsc-bridge serve --reader takes it");
  }
}

TEST_F(IfdChannelOptions, MayStandInQuotes) {
  const auto options = parse_channel(R"("listen:unix:/a,mode=0666,apdu-timeout=5")").value();
  EXPECT_EQ(options.link.endpoint, chardev::parse_endpoint("listen:unix:/a,mode=0666").value());
  EXPECT_EQ(options.apdu_timeout, std::chrono::seconds(5));
  EXPECT_THAT(parse_channel("\"").error().text, HasSubstr("is not an endpoint"));
}

TEST_F(IfdChannelOptions, AreAFileWithAnEndpoint) {
  const auto options =
      parse_file("# alice\n\nconnect:tcp://127.0.0.1:2001,peer-max-apdu=65544,apdu-timeout=5\n")
          .value();
  EXPECT_EQ(options.link.endpoint, chardev::parse_endpoint("connect:tcp://127.0.0.1:2001").value());
  EXPECT_EQ(options.peer, protocol::vsc::kAmpleLimits);
  EXPECT_EQ(options.apdu_timeout, std::chrono::seconds(5));
}

TEST_F(IfdChannelOptions, KeepTheKeysOfTheTransport) {
  const auto options = parse_file("listen:unix:/run/a.sock,mode=0666,apdu-timeout=86400").value();
  EXPECT_EQ(options.link.endpoint,
            chardev::parse_endpoint("listen:unix:/run/a.sock,mode=0666").value());
  EXPECT_EQ(options.apdu_timeout, std::chrono::seconds(86400));
}

TEST_F(IfdChannelOptions, NameWhatIsWrong) {
  EXPECT_THAT(parse_channel("/nowhere").error().text, HasSubstr("cannot read /nowhere"));
  EXPECT_THAT(parse_channel(folder_.path().native()).error().text, HasSubstr("cannot read"));
  EXPECT_THAT(error_of(""), HasSubstr("no line with an endpoint"));
  EXPECT_THAT(error_of("listen:unix:/a\nlisten:unix:/b\n"), HasSubstr("more than one line"));
  EXPECT_THAT(error_of("/etc/passwd"), HasSubstr("is not an endpoint"));
  EXPECT_THAT(error_of("listen:unix:/a,colour=red"), HasSubstr("no key 'colour'"));
  EXPECT_THAT(error_of("listen:unix:/a,peer-max-apdu=1"), HasSubstr("peer-max-apdu=1"));
  for (const std::string value : {"0", "86401", "-1", "5s", "", "99999999999"}) {
    EXPECT_THAT(error_of("listen:unix:/a,apdu-timeout=" + value),
                HasSubstr("apdu-timeout=" + value + " is not a number of seconds"));
  }
}

}  // namespace
}  // namespace vscard::pcsc_bridge::reader
