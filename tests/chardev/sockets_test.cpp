// The transports over real sockets.

#include "chardev/transport.hpp"
#include "tests/chardev/fixture.hpp"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include <array>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <netdb.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace {
/// Names that somebody asked the resolver for.
std::vector<std::string> asked_for;
}  // namespace

/// In the place of glibc's, which it asks.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  asked_for.emplace_back(name == nullptr ? "" : name);
  using Function = decltype(&getaddrinfo);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): dlsym(3)
  static const auto next = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return next(name, service, hints, found);
}

namespace vscard::chardev {
namespace {

TEST_F(Sockets, TcpListensOnAPortOfTheSystemsChoice) {
  auto listener = listen("tcp://127.0.0.1:0").value();
  const std::string address = listener->address();
  ASSERT_TRUE(address.starts_with("tcp://127.0.0.1:")) << address;
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  ASSERT_GT(port, 0);
  auto peer = test::RawSocket::connect_tcp(static_cast<std::uint16_t>(port));
  auto stream = run(listener->accept());
  ASSERT_TRUE(stream);
  EXPECT_TRUE((*stream)->remote().starts_with("tcp://127.0.0.1:")) << (*stream)->remote();
  exercise(**stream, std::move(peer));
}

TEST_F(Sockets, TcpListensOnIpv6) {
  auto listener = listen("tcp://[::1]:0");
  if (!listener) GTEST_SKIP() << "no IPv6 here: " << listener.error().text;
  auto stream = connect((*listener)->address());
  ASSERT_TRUE(stream) << stream.error().text;
}

TEST_F(Sockets, TcpConnects) {
  const auto listener = test::RawListener::on_tcp();
  auto stream = connect("tcp://localhost:" + std::to_string(listener.port()));
  ASSERT_TRUE(stream) << stream.error().text;
  exercise(**stream, listener.accept());
}

TEST_F(Sockets, TcpAsksNobodyWhereLocalhostIs) {
  const auto listener = test::RawListener::on_tcp();
  asked_for.clear();
  EXPECT_TRUE(connect("tcp://localhost:" + std::to_string(listener.port())));
  EXPECT_TRUE(listen("tcp://localhost:0").value()->address().starts_with("tcp://127.0.0.1:"));
  EXPECT_THAT(asked_for, testing::Each(testing::AnyOf("::1", "127.0.0.1")));
  EXPECT_THAT(asked_for, testing::SizeIs(3)) << "the resolver is this test's";
}

TEST_F(Sockets, TcpTellsWhyItCannot) {
  std::uint16_t free_port = 0;
  {
    const auto listener = test::RawListener::on_tcp();
    free_port = listener.port();
    EXPECT_EQ(listen("tcp://127.0.0.1:" + std::to_string(free_port)).error(),
              "Address already in use");
  }
  const auto refused = connect("tcp://127.0.0.1:" + std::to_string(free_port));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, "Connection refused");
  EXPECT_EQ(refused.error().remedy, ConnectError::Remedy::TryAgain);
}

TEST_F(Sockets, TcpPassesOverConnectionsThatWereReset) {
  auto listener = listen("tcp://127.0.0.1:0").value();
  const std::string address = listener->address();
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  for (int i = 0; i < 30; ++i) test::RawSocket::connect_tcp(port).reset();
  auto peer = test::RawSocket::connect_tcp(port);
  auto stream = run(listener->accept());
  ASSERT_TRUE(stream) << stream.error().reason.message();
  exercise(**stream, std::move(peer));
}

TEST_F(Sockets, UnixListensWithItsModeAndRemovesItsFile) {
  auto listener = listen("unix:" + path("a") + ",mode=0620").value();
  struct stat file{};
  ASSERT_EQ(::stat(path("a").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0620U);
  auto peer = test::RawSocket::connect_unix(path("a"));
  auto stream = run(listener->accept());
  ASSERT_TRUE(stream);
  exercise(**stream, std::move(peer));
  listener.reset();
  EXPECT_FALSE(std::filesystem::exists(path("a")));
}

TEST_F(Sockets, UnixIsForItsUserAlone) {
  const auto listener = listen("unix:" + path("a")).value();
  struct stat file{};
  ASSERT_EQ(::stat(path("a").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
}

TEST_F(Sockets, UnixReplacesAFileOnWhichNobodyListens) {
  {
    const auto dead = test::RawListener::on_unix(path("a"));
  }
  ASSERT_TRUE(std::filesystem::exists(path("a")));
  EXPECT_TRUE(listen("unix:" + path("a")));
}

TEST_F(Sockets, UnixLeavesOthersFilesAlone) {
  const auto alive = test::RawListener::on_unix(path("a"));
  EXPECT_EQ(listen("unix:" + path("a")).error(), "Address already in use");
  const auto peer = test::RawSocket::connect_unix(path("a"));

  std::ofstream(path("b")) << "a letter";
  EXPECT_EQ(listen("unix:" + path("b")).error(), "Address already in use");
  EXPECT_EQ(std::filesystem::file_size(path("b")), 8U);
}

TEST_F(Sockets, UnixDoesNotRemoveWhatHasReplacedItsFile) {
  auto listener = listen("unix:" + path("a")).value();
  std::filesystem::remove(path("a"));
  const auto other = test::RawListener::on_unix(path("a"));
  listener.reset();
  EXPECT_TRUE(std::filesystem::exists(path("a")));
}

TEST_F(Sockets, UnixTakesAbstractNames) {
  const std::string name = "unix:@vscard-test-" + std::to_string(::getpid());
  const auto listener = listen(name).value();
  EXPECT_EQ(listener->address(), name);
  EXPECT_TRUE(connect(name));
}

TEST_F(Sockets, UnixTellsWhyItCannot) {
  const auto missing = connect("unix:" + path("none"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().text, "No such file or directory");
  EXPECT_EQ(missing.error().remedy, ConnectError::Remedy::TryAgain);
  EXPECT_EQ(listen("unix:" + path("none/x")).error(), "No such file or directory");
}

TEST_F(Sockets, ClosingEndsWhatIsUnderWay) {
  const auto listener = test::RawListener::on_tcp();
  auto stream = connect("tcp://127.0.0.1:" + std::to_string(listener.port()));
  ASSERT_TRUE(stream);
  std::array<std::uint8_t, 1> buffer{};
  auto reading = asio::co_spawn(io_, (*stream)->read(buffer), asio::use_future);
  asio::post(io_, [&] { (*stream)->close(); });
  io_.restart();
  io_.run();
  EXPECT_EQ(reading.get().error().message(), "Operation canceled");
}

}  // namespace
}  // namespace vscard::chardev
