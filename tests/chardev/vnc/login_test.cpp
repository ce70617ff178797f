#include "chardev/vnc/login.hpp"

#include "tests/chardev/vnc/recorded.hpp"
#include "tests/chardev/vnc/text.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vscard::chardev::vnc {
namespace {

using fakes::ExactBytes;
using fakes::from_hex;
using test::kChallenge;
using test::kInit;
using test::kName;
using test::kNone;
using test::kOk;
using test::kVersion38;

const std::string kAsksForPassword = test::kPassword + test::kChallenge;

/// What it writes for what a server says, a line for each piece; then the error, if there is one.
std::string written(const std::string& server, std::string_view password = "",
                    Login::Encryption encryption = Login::Encryption::None) {
  const auto secret = test::secret(password);
  Login login(secret, encryption);
  const auto bytes = from_hex(server);
  Bytes rest = bytes;
  std::string text;
  while (login.wants() > 0 && login.wants() <= rest.size()) {
    const ExactBytes part(rest.first(login.wants()));
    rest = rest.subspan(login.wants());
    const auto answer = login.receive(part);
    if (!answer) return text + make_error_code(answer.error()).message();
    if (!answer->empty()) text += fakes::to_hex(*answer) + "\n";
    if (login.needs_tls()) {
      text += "TLS\n";
      login.encrypted();
    }
  }
  return text + (login.wants() > 0 ? "waits" : "done");
}

// QEMU's bytes, as recorded.
TEST(VncLogin, NeedsNoPasswordWhereNoneIsAsked) {
  EXPECT_EQ(written(kVersion38 + kNone + kOk + kInit + kName),
            kVersion38 +
                "\n01\n"              // None
                "01\n"                // shared
                "0200000176736364\n"  // the announcement
                "done");
}

TEST(VncLogin, AnswersTheChallenge) {
  EXPECT_EQ(written(kVersion38 + kAsksForPassword + kOk + kInit + kName, "letmein"),
            kVersion38 + "\n02\ne45c5920595edead7f39dec05f421eee\n01\n0200000176736364\ndone");
}

TEST(VncLogin, UsesAPasswordThatItHas) {
  EXPECT_EQ(written(kVersion38 + "020102", "letmein"), kVersion38 + "\n02\nwaits");
  EXPECT_EQ(written(kVersion38 + "020102"), kVersion38 + "\n01\nwaits");
  EXPECT_EQ(written(kVersion38 + kNone, "letmein"), kVersion38 + "\n01\nwaits");
}

TEST(VncLogin, ADesktopMayHaveNoName) {
  EXPECT_TRUE(
      written(kVersion38 + kNone + kOk + kInit.substr(0, 40) + "00000000").ends_with("done"));
}

TEST(VncLogin, WaitsAtEveryTruncation) {
  const std::string whole = kVersion38 + kAsksForPassword + kOk + kInit + kName;
  for (std::size_t size = 0; size < whole.size(); size += 2) {
    EXPECT_TRUE(written(whole.substr(0, size), "letmein").ends_with("waits")) << size;
  }
}

// QEMU's with tls-creds-x509, as recorded.
const std::string kVeNCrypt =
    "0113"
    "0002"
    "00";
const std::string kX509None =
    "0100000104"
    "01";
const std::string kX509Vnc =
    "0100000105"
    "01";

TEST(VncLogin, LogsInInsideTls) {
  EXPECT_EQ(
      written(kVersion38 + kVeNCrypt + kX509None + kOk + kInit + kName, "", Login::Encryption::Tls),
      kVersion38 + "\n13\n0002\n00000104\nTLS\n01\n0200000176736364\ndone");
  EXPECT_EQ(written(kVersion38 + kVeNCrypt + kX509Vnc + kChallenge + kOk + kInit + kName, "letmein",
                    Login::Encryption::Tls),
            kVersion38 +
                "\n13\n0002\n00000105\nTLS\ne45c5920595edead7f39dec05f421eee\n01\n"
                "0200000176736364\ndone");
}

TEST(VncLogin, ChoosesASubtypeWithACertificate) {
  const auto choice = [](const std::string& subtypes, std::string_view password = "") {
    const std::string text =
        written(kVersion38 + kVeNCrypt + subtypes, password, Login::Encryption::Tls);
    return text.substr(text.find("0002\n") + 5);
  };
  EXPECT_EQ(choice("02"
                   "00000104"
                   "00000105"),
            "00000104\nwaits");
  EXPECT_EQ(choice("02"
                   "00000104"
                   "00000105",
                   "letmein"),
            "00000105\nwaits");
  EXPECT_EQ(choice("01"
                   "00000104",
                   "letmein"),
            "00000104\nwaits");
  EXPECT_EQ(choice("01"
                   "00000105"),
            make_error_code(Errc::NeedsPassword).message());
  EXPECT_EQ(choice("02"
                   "00000101"
                   "00000102",
                   "letmein"),
            make_error_code(Errc::NoTls).message());
}

TEST(VncLogin, SaysWhatKeepsItOutOfTls) {
  const auto error = [](const std::string& server) {
    const std::string text = written(kVersion38 + server, "letmein", Login::Encryption::Tls);
    return text.substr(text.rfind('\n') + 1);
  };
  const auto text = [](Errc errc) { return make_error_code(errc).message(); };
  EXPECT_EQ(error("020102"), text(Errc::NoTls)) << "it does not do without";
  EXPECT_EQ(error("0113"
                  "0001"),
            text(Errc::UnknownLogin));
  EXPECT_EQ(error("0113"
                  "0002"
                  "01"),
            text(Errc::Refused));
  EXPECT_EQ(error(kVeNCrypt + "00"), text(Errc::Refused));
  EXPECT_EQ(error(kVeNCrypt + "0100000105"
                              "00"),
            text(Errc::Refused));
}

TEST(VncLogin, SaysWhatKeepsItOut) {
  const auto error = [](const std::string& server, std::string_view password = "") {
    const std::string text = written(server, password);
    return text.substr(text.rfind('\n') + 1);
  };
  const auto text = [](Errc errc) { return make_error_code(errc).message(); };
  EXPECT_EQ(error("5353482d322e302d4f70656e"), text(Errc::NotRfb));  // "SSH-2.0-Open"
  EXPECT_EQ(error("524642203030332e3030370a"), text(Errc::AnotherVersion));
  EXPECT_EQ(error(kVersion38 + "00"), text(Errc::Refused));
  EXPECT_EQ(error(kVersion38 + "0113"), text(Errc::UnknownLogin));  // VeNCrypt
  EXPECT_EQ(error(kVersion38 + "0113", "letmein"), text(Errc::UnknownLogin));
  EXPECT_EQ(error(kVersion38 + kAsksForPassword), text(Errc::NeedsPassword));
  EXPECT_EQ(error(kVersion38 + kAsksForPassword + "00000001", "wrong"), text(Errc::WrongPassword));
  EXPECT_EQ(error(kVersion38 + kNone + "00000001"), text(Errc::Refused));
  EXPECT_EQ(error(kVersion38 + kNone + kOk + kInit.substr(0, 40) + "00001001"),
            text(Errc::BadMessage));
}

}  // namespace
}  // namespace vscard::chardev::vnc
