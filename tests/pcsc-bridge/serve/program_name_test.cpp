#include "pcsc-bridge/serve/program_name.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>

namespace vscard::pcsc_bridge::serve {
namespace {

/// Of this process; its first thread has its name.
class ProgramName : public testing::Test {
 protected:
  ProgramName() { ::prctl(PR_GET_NAME, before_.data()); }
  ~ProgramName() override { ::prctl(PR_SET_NAME, before_.data()); }
  std::string named(const char* name) {
    ::prctl(PR_SET_NAME, name);
    return program_name(::getpid());
  }

  std::array<char, 16> before_{};
  std::string number_ = " (" + std::to_string(::getpid()) + ")";
};

TEST_F(ProgramName, IsThatOfTheProcess) {
  EXPECT_EQ(named("opensc-tool"), "opensc-tool" + number_);
  EXPECT_EQ(named("a (b) <c>"), "a (b) <c>" + number_);
}

TEST_F(ProgramName, DoesNothingToATerminal) {
  EXPECT_EQ(named("\x1b[31mred\xff\x7f\t"), "?[31mred???" + number_);
}

TEST_F(ProgramName, OfNoProcessIsItsNumber) {
  EXPECT_EQ(program_name(0), "process 0");
  EXPECT_EQ(named(""), "process " + std::to_string(::getpid()));
}

}  // namespace
}  // namespace vscard::pcsc_bridge::serve
