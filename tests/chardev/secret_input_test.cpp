#include "chardev/secret_input.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <future>
#include <string>
#include <string_view>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace vscard::chardev {
namespace {

constexpr SecretKind kPassword{.name = "SPICE password", .max_size = 60};

/// A terminal and the user who types at it.
class Terminal {
 public:
  Terminal() : user_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    ::grantpt(user_);
    ::unlockpt(user_);
    std::array<char, 64> name{};
    ::ptsname_r(user_, name.data(), name.size());
    program_ = ::open(name.data(), O_RDWR | O_NOCTTY);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    ::close(program_);
    ::close(user_);
  }

  int fd() const { return program_; }
  bool echoes() const {
    termios state{};
    ::tcgetattr(program_, &state);
    return (state.c_lflag & ECHO) != 0;
  }
  /// What read_secret_line() gives when the user types this as soon as nothing is echoed.
  Result<protocol::SecretBytes> ask(std::string_view typed) const {
    auto user = std::async(std::launch::async, [&] {
      while (echoes()) std::this_thread::yield();
      return ::write(user_, typed.data(), typed.size());
    });
    auto password = read_secret_line(program_, kPassword);
    EXPECT_EQ(user.get(), static_cast<ssize_t>(typed.size()));
    return password;
  }
  /// Has anything appeared on it?
  bool shows_something() const {
    char byte = 0;
    return ::read(user_, &byte, 1) > 0;
  }

 private:
  int user_;
  int program_;
};

TEST(SecretInput, ATerminalIsAskedWithoutAnEcho) {
  const Terminal terminal;
  ASSERT_TRUE(terminal.echoes());
  const auto password = terminal.ask("letmein\n");
  ASSERT_TRUE(password) << password.error().text;
  EXPECT_EQ(std::string(password->view().begin(), password->view().end()), "letmein");
  EXPECT_FALSE(terminal.shows_something());
  EXPECT_TRUE(terminal.echoes());
}

TEST(SecretInput, TakesTheLineOfADescriptorAndNoMore) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], "one\r\n\nthree", 11), 11);
  for (const std::string_view line : {"one", "", "three"}) {
    if (line == "three") ::close(ends[1]);
    const auto secret = read_secret_line(ends[0], kPassword);
    ASSERT_TRUE(secret) << secret.error().text;
    EXPECT_EQ(std::string(secret->view().begin(), secret->view().end()), line);
  }
  ::close(ends[0]);
}

TEST(SecretInput, NamesTheDescriptorAsTheOptionDoes) {
  constexpr SecretKind kPin{.name = "PIN", .max_size = 8, .fd_option = "--pin-fd "};
  EXPECT_EQ(read_secret_line(4096, kPin).error().text,
            "--pin-fd 4096: it is not open; in a shell, 4096<FILE opens it");
}

TEST(SecretInput, CtrlCEndsTheQuestion) {
  const Terminal terminal;
  const auto password = terminal.ask("let\x03");
  ASSERT_FALSE(password);
  EXPECT_EQ(password.error().text,
            "password-fd=" + std::to_string(terminal.fd()) + ": interrupted");
  EXPECT_TRUE(terminal.echoes());
}

}  // namespace
}  // namespace vscard::chardev
