// What every program promises to those that start it, whatever its work is.

#include "program/process.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/sanitized.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace vscard::program {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using Words = std::vector<std::string>;

/// Enough for the loader of a program, which needs one more than the standard three.
constexpr int kFewest = 4;
constexpr int kEnough = 20;

std::string name_of(const std::string& program) {
  return std::filesystem::path(program).filename();
}

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// The programs, with arguments with which they end by themselves, if late.
std::vector<Words> programs() {
  const Words nowhere{"--no-reconnect", "--vsc", "connect:unix:/nowhere"};
  std::vector<Words> programs;
  for (const char* program : {PROGRAMS}) {
    const std::string name = name_of(program);
    if (name == "vscclient") {
      programs.push_back(Words{program} + nowhere + Words{"--card", "soft:db=/nowhere"});
    }
    if (name == "ccid-passthru") {
      programs.push_back(Words{program} + nowhere + Words{"--usbredir", "connect:unix:/nowhere"});
      programs.push_back({program, "ctl", "--control", "unix:/nowhere", "list"});
    }
    if (name == "certs-test") programs.push_back({program, "/nowhere/cards"});
    if (name == "pcsc-bridge") programs.push_back({program, "run", "--card", "pcsc", "--", "true"});
  }
  return programs;
}

constexpr int kNotLoaded = 127;  ///< ld.so(8) had no descriptor for a library

TEST(EveryProgram, EndsWithALineIfThereAreTooFewDescriptors) {
  if (test::kIsSanitized) GTEST_SKIP() << "the sanitizers need descriptors";
  const test::TempFolder temp;
  for (const Words& program : programs()) {
    int loaded = 0;
    for (int most = kFewest; most <= kEnough; ++most) {
      test::Child child(Words{"/usr/bin/env", "TMPDIR=" + temp.path().string(), "prlimit",
                              "--nofile=" + std::to_string(most)} +
                        program);
      const int status = child.wait();
      EXPECT_THAT(temp.names(), testing::IsEmpty()) << most << ": " << program.front();
      if (status == kNotLoaded) continue;
      ++loaded;
      EXPECT_THAT(status, AnyOf(0, kFailed)) << most << ": " << child.log();
      if (status == 0) continue;
      EXPECT_THAT(child.log(), HasSubstr(name_of(program.front()) + ": error: ")) << most;
    }
    EXPECT_GT(loaded, 0) << program.front();
  }
}

/// The end of a pipe that nobody reads.
class DeadPipe {
 public:
  DeadPipe() {
    if (::pipe(ends_.data()) == 0) ::close(ends_[0]);
  }
  DeadPipe(const DeadPipe&) = delete;
  DeadPipe& operator=(const DeadPipe&) = delete;
  ~DeadPipe() { ::close(ends_[1]); }

  std::string number() const { return std::to_string(ends_[1]); }

 private:
  std::array<int, 2> ends_{};
};

TEST(EveryProgram, EndsByItselfWhenNobodyReadsItsErrors) {
  const DeadPipe dead;
  const std::string shell = "\"$@\" 2>&" + dead.number() + "; echo $?";
  for (const Words& program : programs()) {
    test::Child child(Words{"/bin/sh", "-c", shell, "sh"} + program);
    child.wait();
    EXPECT_THAT(child.log(), AnyOf("0\n", "1\n")) << program.front();
  }
}

TEST(EveryProgram, EndsWithoutALineWhenNobodyReadsItsOutput) {
  const DeadPipe dead;
  const std::string shell = "\"$@\" >&" + dead.number() + "; echo $? >&2";
  for (const char* program : {PROGRAMS}) {
    test::Child child({"/bin/sh", "-c", shell, "sh", program, "--help"});
    child.wait();
    EXPECT_EQ(child.log(), "1\n") << program;
  }
}

TEST(EveryProgram, LeavesNoPartOfAPidFileThatHasNoRoom) {
  const test::TempFolder folder;
  const std::string pid_file = folder.path() / "pid";
  test::Child child({"/usr/bin/env", "prlimit", "--fsize=0", CCID_PASSTHRU, "--control",
                     "unix:" + (folder.path() / "control").string(), "--pid-file", pid_file});
  EXPECT_EQ(child.wait(), kFailed);
  EXPECT_THAT(child.log(), HasSubstr("ccid-passthru: error: cannot write the pid file " + pid_file +
                                     ": File too large\n"));
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

TEST(EveryProgram, TellsThatItsOutputHasNoRoom) {
  for (const char* program : {PROGRAMS}) {
    test::Child child({"/bin/sh", "-c", "\"$0\" --help >/dev/full", program});
    EXPECT_EQ(child.wait(), kFailed);
    EXPECT_EQ(child.log(), name_of(program) +
                               ": error: cannot write to standard output: "
                               "No space left on device\n");
  }
}

TEST(EveryProgram, EndsWatchingWhenNobodyReadsItsOutput) {
  const test::TempFolder folder;
  const std::string control = "unix:" + (folder.path() / "control").string();
  test::Child watched({CCID_PASSTHRU, "--control", control, "--vsc",
                       "listen:unix:" + (folder.path() / "vsc").string(), "--usbredir",
                       "listen:unix:" + (folder.path() / "usbredir").string()});
  watched.wait_for("control at");
  const DeadPipe dead;
  test::Child watcher({"/bin/sh", "-c", "exec \"$0\" ctl --control \"$1\" watch >&" + dead.number(),
                       CCID_PASSTHRU, control});
  EXPECT_EQ(watcher.wait(), kFailed);
  EXPECT_EQ(watcher.log(), "");
}

constexpr uid_t kOther = 65534;

/// Of a user that is not root, since root's files say nothing.
Words as_other_user(const Words& command) {
  if (::getuid() != 0) return command;
  const std::string other = std::to_string(kOther);
  return Words{"/usr/bin/setpriv", "--reuid=" + other, "--regid=" + other, "--clear-groups"} +
         command;
}

uid_t owner_of_memory(pid_t pid) {
  struct stat file{};
  EXPECT_EQ(::stat(("/proc/" + std::to_string(pid) + "/mem").c_str(), &file), 0);
  return file.st_uid;
}

/// The kernel makes no core of it, and no process of its user may read it: then its files are
/// root's.
void expect_private(const test::Child& child) {
  if (test::kIsSanitized) return;  // it is not made private
  EXPECT_EQ(owner_of_memory(child.pid()), 0U) << "the same user may read it";
}

TEST(EveryProgram, KeepsMemoryPrivateIfItHoldsPins) {
  const test::TempFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const std::string fifo = folder.path() / "pin";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0644), 0);
  for (const std::string program : {PROGRAMS}) {
    if (name_of(program) == "ccid-passthru") {
      const std::string control = "unix:" + (folder.path() / "control").string();
      test::Child child(as_other_user({program, "--control", control}));
      child.wait_for("control at");
      expect_private(child);
    }
    if (name_of(program) == "vscclient") {
      const test::Child child(
          as_other_user({program, "--vsc", "connect:unix:/nowhere", "--pin-file", fifo}));
      const std::ofstream opened(fifo);  // waits for its reader
      expect_private(child);
    }
    if (name_of(program) == "pcsc-bridge") {
      const std::string socket = folder.path() / "pcscd.comm";
      test::Child serve(as_other_user({program, "serve", "--socket", socket, "--control",
                                       "unix:" + (folder.path() / "serve").string()}));
      serve.wait_for("control at");
      expect_private(serve);
      const std::string wait = "echo begun >&2; exec cat " + fifo;
      test::Child run(
          as_other_user({program, "run", "--card", "piv:dir=" + (folder.path() / "piv").string(),
                         "--", "/bin/sh", "-c", wait}));
      run.wait_for("begun");
      expect_private(run);
    }
  }
}

TEST(EveryProgram, StartsProgramsAsTheyWouldBeWithoutIt) {
  const test::TempFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const std::string limits = folder.path() / "limits";
  const std::string owner = folder.path() / "owner";
  const std::string shell =
      "prlimit --core --raw --noheadings >" + limits + "; stat -c %u /proc/$$/mem >" + owner;
  for (const std::string program : {PROGRAMS}) {
    if (name_of(program) != "pcsc-bridge") continue;
    // A sanitizer would take the core away by itself.
    test::Child child(as_other_user({"/usr/bin/prlimit", "--core=4096:8192", "/usr/bin/env",
                                     "ASAN_OPTIONS=disable_coredump=0", program, "run", "--card",
                                     "piv:dir=" + (folder.path() / "piv").string(), "--", "/bin/sh",
                                     "-c", shell}));
    EXPECT_EQ(child.wait(), 0) << child.log();
    EXPECT_THAT(test::read_file(limits), HasSubstr(" 4096 8192 "));
    EXPECT_EQ(test::read_file(owner), std::to_string(::getuid() == 0 ? kOther : ::getuid()) + "\n");
  }
}

}  // namespace
}  // namespace vscard::program
