// What `vscclient list-readers` prints of a pcscd.

#include "vscclient/list_readers.hpp"

#include "program/log.hpp"
#include "tests/fakes/cards.hpp"
#include "tests/fakes/pcsclite.hpp"

#include <gtest/gtest.h>

#include <winscard.h>

namespace vscard::vscclient {
namespace {

using fakes::Pcsclite;

class ListReaders : public testing::Test {
 protected:
  /// Its exit status and what it prints on both streams, errors first.
  static std::string printed(const std::vector<std::string>& arguments = {}) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    log::start("vscclient");
    const int status = list_readers_main(arguments);
    const std::string errors = testing::internal::GetCapturedStderr();
    return std::to_string(status) + " " + errors + testing::internal::GetCapturedStdout();
  }

  Pcsclite fake_;
};

TEST_F(ListReaders, ShowsWhatIsInThemAndWhoUsesIt) {
  for (const char* name : {"A", "B", "C", "vscard D"}) fake_.add_reader(name);
  fake_.insert("B", fakes::kAtr);
  fake_.insert("C", "", Pcsclite::Mute::Yes);
  fake_.insert("vscard D", fakes::kOtherAtr);
  fake_.take_exclusively("B");
  EXPECT_EQ(printed(),
            "0 A  empty\n"
            "B  card 3b808131fe458b  in exclusive use\n"
            "C  card that does not answer\n"
            "vscard D  card 3b00  vscard's own\n");
}

TEST_F(ListReaders, ShowsTheSameAsJson) {
  for (const char* name : {"A", "vscard B"}) fake_.add_reader(name);
  fake_.insert("A", fakes::kOtherAtr);
  fake_.take_exclusively("A");
  EXPECT_EQ(
      printed({"--json"}),
      R"(0 [{"atr":"3b00","exclusive":true,"in_use":true,"mute":false,"name":"A","own":false},)"
      R"({"atr":null,"exclusive":false,"in_use":false,"mute":false,"name":"vscard B","own":true}])"
      "\n");
}

TEST_F(ListReaders, SaysThatThereIsNone) {
  EXPECT_EQ(printed(), "0 vscclient: PC/SC has no reader\n");
  EXPECT_EQ(printed({"--json"}), "0 vscclient: PC/SC has no reader\n[]\n");
}

TEST_F(ListReaders, FailsWithoutPcscd) {
  fake_.stop_service(SCARD_E_NO_SERVICE);
  EXPECT_EQ(printed(),
            "1 vscclient: error: PC/SC: no answer; install pcscd and start it "
            "(systemctl start pcscd.socket)\n");
}

TEST_F(ListReaders, TakesNoOtherArguments) {
  const std::string usage = "2 vscclient: error: usage: vscclient list-readers [--json]\n";
  EXPECT_EQ(printed({"--xml"}), usage);
  EXPECT_EQ(printed({"--json", "--json"}), usage);
}

}  // namespace
}  // namespace vscard::vscclient
