// The program as a user runs it, and what openssl and certutil think of what it makes.

#include "tests/peer/sanitized.hpp"
#include "tests/peer/temp_folder.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string>
#include <sys/wait.h>

namespace vscard::certs_test {
namespace {

using test::TempFolder;
using test::write_text;

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct Result {
  int status = -1;     ///< exit status
  std::string output;  ///< standard output and error
};

/// Runs a shell command in `folder`; "certs-test" is the program under test.
class Shell {
 public:
  explicit Shell(const std::filesystem::path& folder, const std::string& command)
      : pipe_(::popen(fmt::format("cd '{}' && certs_test='{}' && {{ {}\n}} 2>&1", folder.string(),
                                  CERTS_TEST_PROGRAM, command)
                          .c_str(),
                      "re")) {}
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  ~Shell() {
    if (pipe_ != nullptr) ::pclose(pipe_);
  }

  /// Empty at the end.
  std::string read_line() {
    std::array<char, 4096> line{};
    return std::fgets(line.data(), line.size(), pipe_) != nullptr ? line.data() : "";
  }

  /// As waitpid tells it.
  int wait() { return ::pclose(std::exchange(pipe_, nullptr)); }

 private:
  std::FILE* pipe_;
};

Result run(const std::filesystem::path& folder, const std::string& command) {
  Shell shell(folder, command);
  Result result;
  for (std::string line = shell.read_line(); !line.empty(); line = shell.read_line()) {
    result.output += line;
  }
  const int status = shell.wait();
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

class CertsTestProgram : public testing::Test {
 protected:
  Result run(const std::string& command) const { return certs_test::run(folder.path(), command); }

  /// One line, nothing made.
  void expect_refused(const std::string& command, int status, const std::string& why) const {
    const Result result = run(command);
    EXPECT_EQ(result.status, status) << command;
    EXPECT_THAT(result.output, AllOf(StartsWith("certs-test: error: "), HasSubstr(why)));
    EXPECT_EQ(std::ranges::count(result.output, '\n'), 1) << result.output;
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "cards"));
  }

  TempFolder folder;
};

TEST_F(CertsTestProgram, TellsAboutItself) {
  const Result help = run("$certs_test --help");
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.output, AllOf(HasSubstr("--subject"), HasSubstr("not-yet-valid")));
  const Result version = run("$certs_test --version");
  EXPECT_EQ(version.status, 0);
  EXPECT_THAT(version.output, StartsWith("certs-test (vscard) "));
}

TEST_F(CertsTestProgram, RefusesAWrongCommandLineWith2) {
  expect_refused("$certs_test", 2, "folder is required");
  expect_refused("$certs_test cards --rsa 1024", 2, "1024");
  expect_refused("$certs_test cards --days 0", 2, "--days");
  expect_refused("$certs_test cards --bad expired,rotten", 2, "rotten");
  expect_refused("$certs_test cards --pin-fd 3 --pin-file pin", 2, "--pin-file");
  expect_refused("$certs_test cards other", 2, "other");
  expect_refused("$certs_test cards --log-level loud", 2, "loud");
}

TEST_F(CertsTestProgram, FailsWith1) {
  expect_refused("$certs_test none/cards", 1, "none");
  expect_refused("$certs_test cards --pin-file none", 1, "PIN: cannot open none");
  expect_refused("$certs_test cards --pin-fd 99", 1,
                 "--pin-fd 99: it is not open; in a shell, 99<FILE opens it");
  expect_refused("$certs_test cards --subject 'A <b>'", 1, "A <b>");
  write_text(folder.path() / "pin", "secret-pin");
  expect_refused("$certs_test cards --pin-file pin", 1, "4 to 8");
  EXPECT_THAT(run("$certs_test cards --pin-file pin").output, Not(HasSubstr("secret-pin")));
}

TEST_F(CertsTestProgram, MakesWhatOpensslAndNssUnderstand) {
  write_text(folder.path() / "pin", "a-Pin!");
  const Result made =
      run("$certs_test cards --subject 'Alice <a@b.test>' --subject Bob --bad expired,revoked "
          "--pin-fd 3 3<pin");
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_THAT(made.output, HasSubstr("making RSA-2048 key 9 of 9"));
  EXPECT_THAT(made.output, EndsWith("cards/cards/alice/nssdb\ncards/cards/bob/nssdb\n"
                                    "cards/bad/expired/nssdb (expired)\n"
                                    "cards/bad/revoked/nssdb (revoked)\n"));

  const std::string verify =
      "openssl verify -CAfile cards/ca/ca.pem -CRLfile cards/ca/crl.pem -crl_check -x509_strict "
      "-purpose sslclient cards/";
  EXPECT_EQ(run(verify + "cards/alice/id.pem").status, 0);
  EXPECT_EQ(run(verify + "cards/bob/id.pem").status, 0);
  EXPECT_THAT(run(verify + "bad/expired/id.pem").output, HasSubstr("certificate has expired"));
  EXPECT_THAT(run(verify + "bad/revoked/id.pem").output, HasSubstr("certificate revoked"));

  const Result keys = run("certutil -K -d sql:cards/cards/alice/nssdb -f pin");
  EXPECT_EQ(keys.status, 0);
  for (const char* nickname : {" id\n", " sign\n", " enc\n"}) {
    EXPECT_THAT(keys.output, HasSubstr(nickname));
  }
  EXPECT_THAT(run("certutil -L -d sql:cards/cards/alice/nssdb").output, HasSubstr("CT,C,C"));
  EXPECT_THAT(run("grep -rl a-Pin! cards").output, IsEmpty()) << "the PIN is nowhere in clear";
}

TEST_F(CertsTestProgram, IsQuietWhenAsked) {
  const Result made = run("$certs_test cards --log-level error");
  EXPECT_EQ(made.status, 0);
  EXPECT_EQ(made.output, "cards/cards/test-user/nssdb\n");
  const Result again = run("$certs_test cards");
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.output, HasSubstr("--force"));
}

TEST_F(CertsTestProgram, WarnsOfKeysThatOpenscCannotUse) {
  const Result large = run("timeout 5 $certs_test cards --rsa 4096");
  EXPECT_THAT(large.output, StartsWith("certs-test: warning: OpenSC cannot use keys of more than "
                                       "3072 bits on such a card: "));
  EXPECT_THAT(run("timeout 5 $certs_test none/cards --rsa 3072").output,
              StartsWith("certs-test: error: "));
}

/// From too few for the loader to enough for everything: the test inherits some, too.
TEST_F(CertsTestProgram, WithTooFewDescriptorsLeavesNothing) {
  if (test::kIsSanitized) GTEST_SKIP() << "the sanitizers need descriptors";
  int failed = 0;
  Result result;
  for (int limit = 4; result.status != 0 && limit < 20; ++limit) {
    result = run(fmt::format("ulimit -n {} && exec $certs_test cards", limit));
    if (result.status == 0) continue;
    EXPECT_THAT(folder.names(), IsEmpty()) << limit << result.output;
    if (result.output.contains("certs-test: error: ")) ++failed;
  }
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_GE(failed, 3) << "some got as far as the database";
}

TEST_F(CertsTestProgram, ATerminatedRunCleansUpAndEndsByItsSignal) {
  Shell shell(folder.path(), "echo $$; exec \"$certs_test\" cards --rsa 4096");
  const pid_t pid = std::stoi(shell.read_line());
  EXPECT_THAT(shell.read_line(), HasSubstr("warning"));
  EXPECT_THAT(shell.read_line(), HasSubstr("key 1 of 4")) << "it is at work now";
  ASSERT_EQ(::kill(pid, SIGTERM), 0);
  while (!shell.read_line().empty()) {
  }
  const int status = shell.wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
  EXPECT_THAT(folder.names(), IsEmpty());
}

}  // namespace
}  // namespace vscard::certs_test
