#pragma once

#include "certs-test/soft_cards.hpp"
#include "tests/fakes/ctl_user.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace vscard::vscclient {

inline constexpr const char* kInit = "00000001000000000000000c565343440000000200000001";
inline constexpr const char* kHostInit = "00000001ffffffff0000000c565343440000000200000000";
inline constexpr const char* kSuccess = "00000002000000000000000400000000";
inline constexpr const char* kReaderRemove = "000000040000000000000000";
inline constexpr const char* kReaderAdd = "00000003ffffffff00000004736f6674";  // 'soft'
inline constexpr const char* kAtr = "00000005000000000000000f3b7a18000073667465206364313434";
inline constexpr const char* kCardRemove = "000000060000000000000000";

inline std::size_t bytes_in(const std::string& hex) { return hex.size() / 2; }

/// vscclient as a user starts it, with a soft card, and hosts that do just what a test says.
class VscclientProgram : public testing::Test {
 protected:
  void make_card(std::vector<std::string> subjects = {"Alice"}) {
    certs_test::SoftCardOptions options;
    options.folder = folder_.path() / "made";
    options.subjects = std::move(subjects);
    ASSERT_TRUE(certs_test::make_soft_cards(options));
  }
  std::string card() const { return "soft:db=" + path("made/cards/alice/nssdb"); }
  std::string path(const char* name) const { return folder_.path() / name; }

  using Words = std::vector<std::string>;
  static Words program(Words words) {
    words.insert(words.begin(), VSCCLIENT_PROGRAM);
    return words;
  }

  /// It makes a card of its own in a folder of the test's.
  Words with_new_state(const Words& words) const {
    Words command = program(words);
    command.insert(command.begin(), {"/usr/bin/env", "XDG_STATE_HOME=" + path("state")});
    return command;
  }
  /// As in a session of a user, whose folder is the test's.
  Words in_session(const Words& words) const {
    Words command = program(words);
    command.insert(command.begin(), {"/usr/bin/env", "XDG_RUNTIME_DIR=" + path("runtime")});
    return command;
  }
  static std::string output(const Words& command) {
    test::Child child(command);
    const int status = child.wait();
    return (status == 0 ? "" : std::to_string(status) + " ") + child.log();
  }
  Words names_of_state() const {
    Words names;
    for (const auto& entry : std::filesystem::directory_iterator(path("state/vscard"))) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  /// One line, beside those about the card, and the exit status.
  static void expect_refused(Words words, int status, const std::string& why) {
    words.insert(words.end(), {"--log-level", "warning"});
    test::Child child(program(words));
    EXPECT_EQ(child.wait(), status);
    EXPECT_THAT(child.log(),
                testing::AllOf(testing::ContainsRegex("^([-0-9]+ [.:0-9]+ )?vscclient: error: "),
                               testing::HasSubstr(why)));
    EXPECT_EQ(std::ranges::count(child.log(), '\n'), 1) << child.log();
  }

  /// Plays the host until the card is in.
  static void attach(const test::RawSocket& host) {
    ASSERT_EQ(host.read_hex(bytes_in(kInit)), kInit);
    host.send_hex(kHostInit);
    answer(host, kReaderRemove);
    answer(host, kReaderAdd);
    answer(host, kAtr);
  }
  static void answer(const test::RawSocket& host, const std::string& request) {
    ASSERT_EQ(host.read_hex(bytes_in(request)), request);
    host.send_hex(kSuccess);
  }

  test::TempFolder folder_;
  const fakes::CtlUser ctl_{VSCCLIENT_PROGRAM, "unix:" + path("control")};
};

}  // namespace vscard::vscclient
