// fd:N, fd:NAME and fd:systemd.

#include "chardev/descriptor.hpp"
#include "chardev/inherited.hpp"
#include "tests/chardev/fixture.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>

namespace vscard::chardev {
namespace {

class Inherited : public Sockets {
 protected:
  // NOLINTBEGIN(concurrency-mt-unsafe): a test has one thread
  ~Inherited() override {
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  }

  static std::string fd(int number) { return "fd:" + std::to_string(number); }
  /// As systemd passes sockets, from descriptor 3 on.
  static void pass(const std::string& names, const char* count,
                   const std::string& process = std::to_string(::getpid())) {
    ::setenv("LISTEN_PID", process.c_str(), 1);
    ::setenv("LISTEN_FDS", count, 1);
    ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
  }
  // NOLINTEND(concurrency-mt-unsafe)
  static Descriptor tcp_socket(const char* host) {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    ::inet_pton(AF_INET, host, &name.sin_addr);
    const auto* address = static_cast<sockaddr*>(static_cast<void*>(&name));
    EXPECT_EQ(::bind(socket.number(), address, sizeof name), 0);
    EXPECT_EQ(::listen(socket.number(), 1), 0);
    return socket;
  }
  static bool reachable(int number) {
    return kFd.reachable_unencrypted(parse_address(fd(number)).value());
  }
};

TEST_F(Inherited, IsAConnectedSocket) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  auto stream = connect(fd(ends[0])).value();
  EXPECT_THAT(connect_error(fd(ends[0])), testing::HasSubstr("not a stream socket")) << "taken";
  exercise(*stream, test::RawSocket(ends[1]));
  ::close(ends[0]);
}

TEST_F(Inherited, IsAListeningSocket) {
  const Descriptor socket = tcp_socket("127.0.0.1");
  EXPECT_THAT(connect_error(fd(socket.number())), testing::HasSubstr("it listens: write listen:"));
  auto listener = listen(fd(socket.number())).value();
  const std::string address = listener->address();
  ASSERT_TRUE(address.starts_with("tcp://127.0.0.1:")) << address;
  auto peer = connect(address).value();
  auto stream = run(listener->accept()).value();
  EXPECT_FALSE(run(peer->write(fakes::from_hex("01"))));
  EXPECT_EQ(read(*stream), "01");
}

TEST_F(Inherited, MayBeReachedByOtherMachines) {
  const Descriptor everywhere = tcp_socket("0.0.0.0");
  const Descriptor here = tcp_socket("127.0.0.1");
  EXPECT_TRUE(reachable(everywhere.number()));
  EXPECT_FALSE(reachable(here.number()));
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  EXPECT_FALSE(reachable(ends[0]));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(Inherited, HasTheNameThatSystemdGivesIt) {
  pass("vsc:usb", "2");
  EXPECT_EQ(find_inherited("vsc").value(), 3);
  EXPECT_EQ(find_inherited("usb").value(), 4);
  EXPECT_EQ(find_inherited("17").value(), 17);
  EXPECT_EQ(find_inherited("systemd").error().text,
            "2 sockets that systemd passed are called 'systemd'; all of them: vsc, usb");
  pass("vsc", "1");
  EXPECT_EQ(find_inherited("systemd").value(), 3);
  EXPECT_THAT(find_inherited("usb").error().text, testing::HasSubstr("0 sockets"));
}

TEST_F(Inherited, IsForThisProcess) {
  pass("vsc", "1", "1");
  EXPECT_THAT(find_inherited("vsc").error().text,
              testing::HasSubstr("passed this process no socket"));
  for (const char* count : {"", "x", "-1", "0", "99999999999"}) {
    pass("vsc", count);
    EXPECT_FALSE(find_inherited("vsc")) << count;
  }
}

}  // namespace
}  // namespace vscard::chardev
