// The module itself: what it shows the process that loads it, and how it is loaded again.

#include "tests/pcsc-bridge/ifd/handler_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <unistd.h>

namespace vscard::pcsc_bridge::ifd::test {
namespace {

using testing::AnyOf;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

/// The lines that a command writes to its standard output.
std::vector<std::string> output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::vector<std::string> lines;
  std::array<char, 4096> line{};
  while (std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    lines.emplace_back(line.data());
    lines.back().pop_back();
  }
  return lines;
}

TEST(IfdModule, ExportsThePcscdFunctionsAlone) {
  const auto symbols = output_of("nm -D --defined-only " IFD_MODULE);
  EXPECT_THAT(symbols, SizeIs(10));
  EXPECT_THAT(symbols, Each(HasSubstr(" T IFDH")));
}

TEST(IfdModule, NeedsTheSystemsLibrariesAlone) {
  const auto needed = output_of("readelf -d " IFD_MODULE " | grep NEEDED");
  EXPECT_THAT(needed, Each(AnyOf(HasSubstr("[lib"), HasSubstr("[ld-linux"))));
  EXPECT_THAT(needed, Each(AnyOf(HasSubstr("libstdc++"), HasSubstr("libgcc_s"), HasSubstr("libc."),
                                 HasSubstr("libm."), HasSubstr("ld-linux"), HasSubstr("libssl."),
                                 HasSubstr("libcrypto."), HasSubstr("san.so"))));
}

TEST(IfdModule, StaysLoaded) {
  EXPECT_THAT(output_of("readelf -d " IFD_MODULE " | grep FLAGS_1"),
              testing::Contains(HasSubstr("NODELETE")));
}

TEST(IfdModule, IsLoadedAgain) {
  for (int i = 0; i < 3; ++i) {
    const Host host;
    const Inserted card(host);
    EXPECT_EQ(card.reader.power(IFD_POWER_UP).hex, kAtr);
  }
}

TEST(IfdModule, HasAThreadForEachReader) {
  const auto threads = [] {
    const auto names = output_of("cat /proc/" + std::to_string(::getpid()) + "/task/*/comm");
    return std::ranges::count(names, "vscard");
  };
  const Host host;
  {
    const Reader first(host.module(), 0, host.listen("0"));
    const Reader second(host.module(), 0x10000, host.listen("1"));
    EXPECT_EQ(threads(), 2);
  }
  EXPECT_EQ(threads(), 0);
}

TEST(IfdModule, TellsPcscdWhatItCan) {
  using Result = Reader::Result;
  const Host host;
  const Reader reader(host.module(), 0, host.listen("vsc"));
  EXPECT_EQ(reader.get(TAG_IFD_SIMULTANEOUS_ACCESS), (Result{IFD_SUCCESS, "10"}));
  EXPECT_EQ(reader.get(TAG_IFD_THREAD_SAFE), (Result{IFD_SUCCESS, "01"}));
  EXPECT_EQ(reader.get(TAG_IFD_SLOT_THREAD_SAFE), (Result{IFD_SUCCESS, "01"}));
  EXPECT_EQ(reader.get(TAG_IFD_SLOTS_NUMBER), (Result{IFD_SUCCESS, "01"}));
  EXPECT_EQ(reader.get(TAG_IFD_POLLING_THREAD_KILLABLE).code, IFD_ERROR_TAG);
  EXPECT_EQ(reader.get(SCARD_ATTR_VENDOR_NAME, 3).code, IFD_ERROR_INSUFFICIENT_BUFFER);
  EXPECT_EQ(reader.control(CM_IOCTL_GET_FEATURE_REQUEST), (Result{IFD_SUCCESS, "120442330012"}));
  EXPECT_EQ(reader.control(CM_IOCTL_GET_FEATURE_REQUEST, 5).code, IFD_ERROR_INSUFFICIENT_BUFFER);
  EXPECT_EQ(reader.control(0x42330012), (Result{IFD_SUCCESS, "0a0400000000"}));
  EXPECT_EQ(reader.control(4711), (Result{IFD_NOT_SUPPORTED, ""}));
  EXPECT_EQ(host.module().set(0, TAG_IFD_ATR, 0, nullptr), IFD_NOT_SUPPORTED);
}

}  // namespace
}  // namespace vscard::pcsc_bridge::ifd::test
