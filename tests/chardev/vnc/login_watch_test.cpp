#include "chardev/vnc/login_watch.hpp"

#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::chardev::vnc {
namespace {

using fakes::from_hex;
using Side = LoginWatch::Side;

/// Who says what, as hex.
struct Said {
  Side from;
  std::string bytes;
};
using Script = std::vector<Said>;

constexpr Side kServer = Side::Server;
constexpr Side kClient = Side::Client;
const std::string kVersion38 = "524642203030332e3030380a";

/// As QEMU and gtk-vnc were recorded, until the client's first message.
Script login() {
  return {{kServer, kVersion38}, {kClient, kVersion38},
          {kServer, "01"},       {kServer, "01"},
          {kClient, "01"},       {kServer, "00000000"},
          {kClient, "00"},       {kServer, "028001e02018000100ff00ff00ff10080000000000000004"},
          {kServer, "51454d55"}};
}
Script login_with_password() {
  return {{kServer, kVersion38},
          {kClient, kVersion38},
          {kServer, "01"},
          {kServer, "02"},
          {kClient, "02"},
          {kServer, "35f3eebcf1a3e759fb0f8be30db317f4"},
          {kClient, "e45c5920595edead7f39dec05f421eee"},
          {kServer, "00000000"},
          {kClient, "01"},
          {kServer, "028001e02018000100ff00ff00ff10080000000000000004"},
          {kServer, "51454d55"}};
}
Script joined(Script begin, const Script& end) {
  begin.insert(begin.end(), end.begin(), end.end());
  return begin;
}
const Script kAnnounces{{kClient, "02"}, {kClient, "000001"}, {kClient, "76736364"}};
const Script kPixelFormat{{kClient, "00"}, {kClient, "0000002018000100ff00ff00ff100800000000"}};
// gtk-vnc's list.
const Script kViewer{{kClient, "02"},
                     {kClient, "000006"},
                     {kClient, "ffffff210000001000000005000000020000000100000003"}};

/// Whether all pieces were as in the script, and what became of it.
std::string played(const Script& script) {
  LoginWatch watch;
  for (std::size_t i = 0; i < script.size(); ++i) {
    const auto bytes = from_hex(script[i].bytes);
    const auto piece = watch.next();
    if (!piece) return "ended before " + std::to_string(i);
    if (*piece != LoginWatch::Piece{script[i].from, bytes.size()}) {
      return "wants something else at " + std::to_string(i);
    }
    if (watch.announced()) return "announced early";
    watch.passed(fakes::ExactBytes(bytes));
  }
  if (watch.next()) return "goes on";
  return watch.announced() ? "announced" : "viewer";
}

TEST(VncLoginWatch, FindsWhoIsThereForTheChannel) {
  EXPECT_EQ(played(joined(login(), kAnnounces)), "announced");
  EXPECT_EQ(played(joined(login_with_password(), kAnnounces)), "announced");
  EXPECT_EQ(played(joined(joined(login(), kPixelFormat), kAnnounces)), "announced");
}

TEST(VncLoginWatch, AllOthersAreViewers) {
  EXPECT_EQ(played(joined(login(), kViewer)), "viewer");
  EXPECT_EQ(played(joined(joined(login(), kPixelFormat), kViewer)), "viewer");
  EXPECT_EQ(played(joined(login(), {{kClient, "03"}})), "viewer");  // asks for an update
  EXPECT_EQ(played(joined(login(), {{kClient, "b2"}})), "viewer");  // did not announce
  EXPECT_EQ(played(joined(login(), {{kClient, "02"}, {kClient, "000000"}})),
            "viewer");  // no encodings
  EXPECT_EQ(played(joined(login(), {{kClient, "02"}, {kClient, "000401"}})),
            "viewer");  // 1025 of them
}

/// Whatever of the login is otherwise, nobody gets to the channel by it.
TEST(VncLoginWatch, NobodyAnnouncesWithoutALogin) {
  const auto changed = [](Script script, std::size_t at, const std::string& bytes) {
    script[at].bytes = bytes;
    script.resize(at + 1);
    return played(script);
  };
  EXPECT_EQ(changed(login(), 0, "524642203030332e3030370a"), "viewer");  // the server has 3.7
  EXPECT_EQ(changed(login(), 1, "524642203030332e3030330a"), "viewer");  // the client has 3.3
  EXPECT_EQ(changed(login(), 1, "524642203030332e3838390a"), "viewer");  // … or 3.889
  EXPECT_EQ(changed(login(), 2, "00"), "viewer");                        // refused
  EXPECT_EQ(changed(login(), 4, "13"), "viewer");                        // VeNCrypt
  EXPECT_EQ(changed(login(), 5, "00000001"), "viewer");                  // failed
  EXPECT_EQ(changed(login_with_password(), 7, "00000001"), "viewer");    // a wrong password
  EXPECT_EQ(changed(login_with_password(), 7, "00000002"), "viewer");
  EXPECT_EQ(changed(login(), 7, "028001e02018000100ff00ff00ff10080000000000001001"), "viewer");
}

/// Each bit of what the server says of the login counts.
TEST(VncLoginWatch, OnlyOkIsOk) {
  for (unsigned bit = 0; bit < 32; ++bit) {
    LoginWatch watch;
    const Script script = login_with_password();
    for (std::size_t i = 0; i < 7; ++i) watch.passed(from_hex(script[i].bytes));
    std::vector<std::uint8_t> result(4);
    result[bit / 8] = static_cast<std::uint8_t>(1U << (bit % 8));
    watch.passed(result);
    EXPECT_FALSE(watch.next() || watch.announced()) << bit;
  }
}

TEST(VncLoginWatch, WaitsAtEveryStep) {
  const Script script = joined(joined(login_with_password(), kPixelFormat), kAnnounces);
  for (std::size_t size = 0; size < script.size(); ++size) {
    EXPECT_EQ(played({script.begin(), script.begin() + static_cast<std::ptrdiff_t>(size)}),
              "goes on");
  }
}

}  // namespace
}  // namespace vscard::chardev::vnc
