#include "pcsc-bridge/serve/options.hpp"

#include "pcsc-bridge/options.hpp"
#include "pcsc-bridge/serve/env.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::serve {
namespace {

template <class Options>
std::expected<Options, int> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "pcsc-bridge");
  auto line = parse_command_line(static_cast<int>(words.size()), words.data());
  if (!line) return std::unexpected(line.error());
  return std::get<Options>(*line);
}

TEST(ServeOptions, TakeASocketsAccessAndReadersWithNames) {
  const auto options =
      parse<ServeOptions>({"serve", "--socket", "/run/s,mode=0660,group=card", "--reader",
                           "listen:unix:/run/a.sock,name=alice", "--reader",
                           "connect:unix:/b,apdu-timeout=7", "--apdu-timeout", "9"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->socket.location, "/run/s");
  EXPECT_EQ(options->socket.keys.last("mode"), "0660");
  ASSERT_EQ(options->readers.size(), 2U);
  EXPECT_EQ(options->readers[0].name, "vscard alice");
  EXPECT_EQ(options->readers[0].link.link.endpoint.address.text(), "unix:/run/a.sock");
  EXPECT_EQ(options->readers[0].link.apdu_timeout, std::chrono::seconds(9));
  EXPECT_EQ(options->readers[1].name, "vscard reader 1");
  EXPECT_EQ(options->readers[1].link.apdu_timeout, std::chrono::seconds(7));
}

TEST(ServeOptions, SayHowManyCardsAClientMayBring) {
  const auto options = parse<ServeOptions>({"serve", "--socket", "/s", "--reader", "listen:unix:/a",
                                            "--reader", "listen:unix:/b,cards=3"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->readers[0].link.max_readers, 8U);
  EXPECT_EQ(options->readers[1].link.max_readers, 3U);
  for (const std::string bad : {"0", "33", "many"}) {
    EXPECT_EQ(parse_reader("listen:unix:/a,cards=" + bad, 0, {}).error().text,
              "cards=" + bad + " is not a number from 1 to 32");
  }
}

TEST(ServeOptions, TakeASocketThatWasPassed) {
  const auto options = parse<ServeOptions>({"serve", "--socket", "fd:pcsc"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->socket.text(), "fd:pcsc");
  EXPECT_EQ(parse<ServeOptions>({"serve", "--socket", "fd:"}).error(), 2);
  EXPECT_EQ(parse<ServeOptions>({"serve", "--socket", "fd:pcsc,mode=0600"}).error(), 2);
}

TEST(ServeOptions, RefuseWhatProgramsCouldNotUse) {
  EXPECT_EQ(parse<ServeOptions>({"serve", "--socket", "@abstract"}).error(), 2);
  EXPECT_EQ(parse<ServeOptions>({"serve", "--socket", "/s,frob=1"}).error(), 2);
  EXPECT_EQ(parse<ServeOptions>({"serve", "--socket", std::string(108, 'x').c_str()}).error(), 2);
  EXPECT_EQ(parse<ServeOptions>({"serve", "--socket", "/s", "--reader", "nonsense"}).error(), 2);
  for (const std::string& name : {std::string(), std::string(101, 'x')}) {
    const std::string reader = "listen:unix:/a,name=" + name;
    EXPECT_EQ(parse<ServeOptions>({"serve", "--socket", "/s", "--reader", reader.c_str()}).error(),
              2);
  }
  EXPECT_EQ(parse<ServeOptions>({"serve", "--socket", "/s", "--reader", "listen:tcp://0.0.0.0:1"})
                .error(),
            2);
}

TEST(ServeOptions, TakeCards) {
  const auto options =
      parse<ServeOptions>({"serve", "--socket", "/s", "--card", "piv", "--card", "piv:dir=/d",
                           "--card", "vpcd,name=far", "--apdu-timeout", "7"});
  ASSERT_TRUE(options);
  ASSERT_EQ(options->cards.size(), 3U);
  EXPECT_EQ(options->cards[1].name, "piv2");
  EXPECT_EQ(options->cards[2].name, "far");
  EXPECT_EQ(options->apdu_timeout, std::chrono::seconds(7));
  EXPECT_EQ(parse<ServeOptions>({"serve", "--socket", "/s", "--card", "hard"}).error(), 2);
}

TEST(EnvOptions, PrintWhatLeadsToTheSocket) {
  const auto line = [](const char* where) {
    const auto options = parse<EnvOptions>({"env", "--socket", "/run/user/7/v/s", "--for", where});
    return env_line(options.value(), "/run/user/7");
  };
  EXPECT_EQ(line("shell"), "export PCSCLITE_CSOCK_NAME=/run/user/7/v/s");
  EXPECT_EQ(line("docker"),
            "-v /run/user/7/v:/run/user/7/v:ro -e PCSCLITE_CSOCK_NAME=/run/user/7/v/s");
  EXPECT_EQ(line("dockerfile"), "ENV PCSCLITE_CSOCK_NAME=/run/user/7/v/s");
  EXPECT_EQ(line("flatpak"),
            "flatpak override --user --filesystem=xdg-run/v:ro "
            "--env=PCSCLITE_CSOCK_NAME=/run/user/7/v/s");
  EXPECT_EQ(env_line({.socket = "/srv/a b/s", .where = "shell"}, ""),
            "export PCSCLITE_CSOCK_NAME='/srv/a b/s'");
}

TEST(EnvOptions, KeepTheSocketApartFromTheControlSockets) {
  const test::TempFolder folder;
  const char* before = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe): one thread
  const std::optional<std::string> old =
      before == nullptr ? std::nullopt : std::optional<std::string>(before);
  const std::string path = folder.path().string();
  ::setenv("XDG_RUNTIME_DIR", path.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): likewise
  const auto options = parse<EnvOptions>({"env"});
  // NOLINTNEXTLINE(concurrency-mt-unsafe): likewise
  old ? ::setenv("XDG_RUNTIME_DIR", old->c_str(), 1) : ::unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(options.value().socket, path + "/vscard-pcsc/pcsc.sock");
}

}  // namespace
}  // namespace vscard::pcsc_bridge::serve
