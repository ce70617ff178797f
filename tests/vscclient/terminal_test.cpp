// vscclient at a terminal: what is typed survives what is logged meanwhile.

#include "certs-test/soft_cards.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <pty.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vector>

namespace vscard::vscclient {
namespace {

using testing::HasSubstr;

constexpr int kPatience = 30'000;  ///< milliseconds

/// A program in a terminal of its own, as in a window.
class Terminal {
 public:
  explicit Terminal(std::vector<std::string> arguments) {
    std::vector<char*> words;
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    pid_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (pid_ < 0) throw std::runtime_error("no terminal");
    if (pid_ > 0) return;
    ::execv(words.front(), words.data());
    ::_exit(127);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(terminal_);
  }

  void type(const std::string& keys) const {
    ASSERT_EQ(::write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  /// What is shown until this text, from where the last call ended.
  std::string shows(const std::string& text) {
    std::size_t at = shown_.find(text, seen_);
    for (; at == std::string::npos; at = shown_.find(text, seen_)) {
      if (!read_more()) throw std::runtime_error("no '" + text + "' in: " + shown_.substr(seen_));
    }
    const std::string part = shown_.substr(seen_, at + text.size() - seen_);
    seen_ = at + text.size();
    return part;
  }
  bool echoes() const {
    termios mode{};
    ::tcgetattr(terminal_, &mode);
    return (mode.c_lflag & ECHO) != 0;
  }
  void signal(int number) const { ::kill(pid_, number); }
  int wait() {
    while (read_more()) {
    }
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  bool read_more() {
    pollfd ready{.fd = terminal_, .events = POLLIN, .revents = 0};
    std::array<char, 4096> buffer{};
    if (::poll(&ready, 1, kPatience) <= 0) return false;
    const ssize_t size = ::read(terminal_, buffer.data(), buffer.size());
    if (size > 0) shown_.append(buffer.data(), static_cast<std::size_t>(size));
    return size > 0;
  }

  int terminal_ = -1;
  pid_t pid_ = -1;
  std::string shown_;
  std::size_t seen_ = 0;
};

class AtATerminal : public testing::Test {
 protected:
  AtATerminal() {
    certs_test::SoftCardOptions options;
    options.folder = folder_.path() / "made";
    options.subjects = {"Alice"};
    EXPECT_TRUE(certs_test::make_soft_cards(options));
  }
  std::vector<std::string> command() const {
    return {"/usr/bin/env",
            "-u",
            "NO_COLOR",
            "TERM=xterm",
            VSCCLIENT_PROGRAM,
            "--control",
            "none",
            "--vsc",
            "listen:unix:" + path("vsc"),
            "--card",
            "soft:db=" + path("made/cards/alice/nssdb")};
  }
  std::string path(const char* name) const { return folder_.path() / name; }

  test::TempFolder folder_;
};

TEST_F(AtATerminal, WhatIsTypedSurvivesWhatIsLogged) {
  Terminal terminal(command());
  terminal.shows("> ");
  terminal.type("li");
  terminal.shows("li");
  const auto host = test::RawSocket::connect_unix(path("vsc"));
  EXPECT_THAT(terminal.shows(" connected\r\n"), testing::StartsWith("\r\x1b[K"));
  EXPECT_EQ(terminal.shows("> li"), "> li");
  terminal.type("x\x7fst\n");
  terminal.shows("*0 soft");
  terminal.shows("> ");
  terminal.type("exit\n");
  EXPECT_EQ(terminal.wait(), 0);
}

TEST_F(AtATerminal, ItIsLeftAsItWas) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    Terminal terminal(command());
    terminal.shows("> ");
    EXPECT_FALSE(terminal.echoes());
    terminal.signal(signal);
    terminal.shows("leaving");
    EXPECT_EQ(terminal.wait(), 0);
  }
  Terminal terminal(command());
  terminal.shows("> ");
  terminal.type("\x04");  // the console ends, and nothing else
  terminal.shows("\n");
  EXPECT_TRUE(terminal.echoes());
  terminal.signal(SIGTERM);
  EXPECT_EQ(terminal.wait(), 0);
}

TEST_F(AtATerminal, ErrorsHaveAColour) {
  Terminal terminal({"/usr/bin/env", "-u", "NO_COLOR", "TERM=xterm", VSCCLIENT_PROGRAM});
  EXPECT_THAT(terminal.shows("where is the host"), HasSubstr("\x1b[1;31merror:\x1b[0m "));
  Terminal plain({"/usr/bin/env", "NO_COLOR=1", VSCCLIENT_PROGRAM});
  EXPECT_THAT(plain.shows("where is the host"), HasSubstr("vscclient: error: "));
}

}  // namespace
}  // namespace vscard::vscclient
