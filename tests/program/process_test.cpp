// The pid file, and what systemd is told.

#include "program/process.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace vscard::program {
namespace {

namespace fs = std::filesystem;

TEST(PidFile, HoldsTheProcessesNumberUntilItsEnd) {
  const test::TempFolder folder;
  const fs::path path = folder.path() / "pid";
  {
    const auto file = PidFile::write(path);
    ASSERT_TRUE(file);
    EXPECT_EQ(test::read_file(path), std::to_string(::getpid()) + "\n");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1)
        << "no draft is left beside it";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(PidFile, TakesThePlaceOfAnOldOne) {
  const test::TempFolder folder;
  const fs::path path = folder.path() / "pid";
  std::ofstream(path) << "1\n and more";
  const auto file = PidFile::write(path);
  EXPECT_EQ(test::read_file(path), std::to_string(::getpid()) + "\n");
}

TEST(PidFile, IsRemovedOnceWhoeverHasIt) {
  const test::TempFolder folder;
  const fs::path path = folder.path() / "pid";
  std::optional<PidFile> kept;
  {
    auto file = PidFile::write(path).value();
    kept.emplace(std::move(file));
  }
  EXPECT_TRUE(fs::exists(path));
  kept.reset();
  EXPECT_FALSE(fs::exists(path));
}

TEST(PidFile, TellsWhyItCannotBeWritten) {
  const test::TempFolder folder;
  const auto nowhere = PidFile::write(folder.path() / "no" / "pid");
  EXPECT_EQ(nowhere.error().text, "cannot write the pid file " +
                                      (folder.path() / "no" / "pid").string() +
                                      ": No such file or directory");
  fs::create_directory(folder.path() / "folder");
  const auto taken = PidFile::write(folder.path() / "folder");
  EXPECT_EQ(taken.error().text, "cannot write the pid file " + (folder.path() / "folder").string() +
                                    ": not a regular file");
}

/// systemd's end, at a path or, with "@", an abstract name.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(socket_, static_cast<const sockaddr*>(static_cast<void*>(&address)), size), 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(socket_);
  }
  /// The next datagram; "" when there is none.
  std::string next() const {
    std::array<char, 64> buffer{};
    const auto size = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  int socket_;
};

TEST(Notify, TellsSystemdOfReadinessAndOfTheEnd) {
  const test::TempFolder folder;
  const std::string abstract = "@vscard-test-" + std::to_string(::getpid());
  for (const std::string& name : {(folder.path() / "notify").string(), abstract}) {
    const NotifySocket systemd(name);
    notify_ready();
    EXPECT_EQ(systemd.next(), "READY=1") << name;
    notify_stopping();
    EXPECT_EQ(systemd.next(), "STOPPING=1") << name;
    EXPECT_EQ(systemd.next(), "") << name;
  }
}

/// The number that the next descriptor gets: the same as before when none was left open.
int next_descriptor() {
  const int next = ::dup(STDERR_FILENO);
  ::close(next);
  return next;
}

TEST(Notify, DoesNothingWhereNobodyListens) {
  // As long as a name may be, so that a longer one that is cut off would be its own.
  const std::string name = "@vscard-test-" + std::to_string(::getpid());
  const std::string longest =
      name + std::string(sizeof(sockaddr_un::sun_path) - 1 - name.size(), 'x');
  const NotifySocket systemd(longest);
  const int descriptor = next_descriptor();
  for (const std::string& other :
       {std::string(), std::string("/nowhere"), longest + "x", longest + std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", other.c_str(), 1);
    notify_ready();
    notify_stopping();
    EXPECT_EQ(systemd.next(), "") << other;
  }
  ::unsetenv("NOTIFY_SOCKET");
  notify_ready();
  EXPECT_EQ(systemd.next(), "");
  EXPECT_EQ(next_descriptor(), descriptor) << "a socket is left open";
  ::setenv("NOTIFY_SOCKET", longest.c_str(), 1);
  notify_ready();
  EXPECT_EQ(systemd.next(), "READY=1") << "it did listen";
}

}  // namespace
}  // namespace vscard::program
