#include "chardev/secret_input.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
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

/// Standard error, in place of where it goes, until this object goes.
class Errors {
 public:
  Errors() : before_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::pipe(ends_.data()), 0);
    ::dup2(ends_[1], STDERR_FILENO);
  }
  Errors(const Errors&) = delete;
  Errors& operator=(const Errors&) = delete;
  ~Errors() {
    ::dup2(before_, STDERR_FILENO);
    for (const int fd : {before_, ends_[0], ends_[1]}) ::close(fd);
  }

  /// Waits until there is something.
  std::string read() const {
    std::array<char, 1000> text{};
    const ssize_t size = ::read(ends_[0], text.data(), text.size());
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

 private:
  int before_;
  std::array<int, 2> ends_{};
};

TEST(SecretInput, TellsThatItWaitsForAFifo) {
  const std::string path = testing::TempDir() + "fifo-" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::string told;
  std::optional<Result<protocol::SecretBytes>> secret;
  {
    const Errors errors;
    std::jthread reader([&] { secret.emplace(read_secret_line(path, kPassword)); });
    told = errors.read();
    std::ofstream(path) << "secret\n";
  }
  ::unlink(path.c_str());
  EXPECT_EQ(told, path + ": waiting for what is written into this pipe\n");
  ASSERT_TRUE(*secret) << secret->error().text;
  EXPECT_EQ(std::string((*secret)->view().begin(), (*secret)->view().end()), "secret");
}

TEST(SecretInput, SaysWhoElseCanReadAFile) {
  const std::string path = testing::TempDir() + "key-" + std::to_string(::getpid());
  std::ofstream(path) << "key";
  ::chmod(path.c_str(), 0640);
  EXPECT_EQ(exposure_of(path),
            "others than its owner can read " + path + ", which has keys: chmod 600 " + path);
  ::chmod(path.c_str(), 0600);
  EXPECT_EQ(exposure_of(path), std::nullopt);
  EXPECT_EQ(exposure_of(testing::TempDir()), std::nullopt);
  ::unlink(path.c_str());
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
