#include "inspect/options.hpp"

#include <gtest/gtest.h>

namespace vscard::inspect {
namespace {

std::optional<chardev::Address> parse(std::vector<const char*> words) {
  program::CommandLineParser parser("tool", "", "");
  std::optional<chardev::Address> address;
  bool flag = false;
  add_inspect_option(parser, address);
  parser.add({.name = "--flag", .into = &flag, .text = ""});
  words.insert(words.begin(), "tool");
  words.push_back("--flag");
  EXPECT_EQ(parser.parse(static_cast<int>(words.size()), words.data()), std::nullopt);
  EXPECT_TRUE(flag);
  return address;
}

TEST(InspectOption, IsOffUntilItIsAskedFor) { EXPECT_EQ(parse({}), std::nullopt); }

TEST(InspectOption, ChoosesALoopbackPortWithoutAnAddress) {
  EXPECT_EQ(parse({"--inspect"})->text(), "tcp://127.0.0.1:0");
}

TEST(InspectOption, TakesAnAddress) {
  EXPECT_EQ(parse({"--inspect", "tcp://[::1]:80"})->text(), "tcp://[::1]:80");
  EXPECT_EQ(parse({"--inspect=unix:/run/page"})->text(), "unix:/run/page");
}

TEST(InspectOption, KeepsOtherMachinesOut) {
  for (const char* text : {"tcp://0.0.0.0:80", "tcp://192.0.2.1:80", "unix:@page", "vsock://2:80",
                           "exec:sh", "nonsense", ""}) {
    EXPECT_FALSE(parse_inspect_address(text)) << text;
  }
  EXPECT_EQ(parse_inspect_address("tcp://0.0.0.0:80").error(),
            "others could connect to tcp://0.0.0.0:80; use tcp://127.0.0.1:PORT or unix:PATH, and "
            "ssh -L from elsewhere");
}

}  // namespace
}  // namespace vscard::inspect
