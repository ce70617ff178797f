// What is seen of a private pcscd's readers until all is ready.

#include "pcsc-bridge/run/service_view.hpp"

#include "tests/fakes/cards.hpp"
#include "tests/fakes/pcsclite.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <winscard.h>

namespace vscard::pcsc_bridge::run {
namespace {

using fakes::Pcsclite;

class ServiceViewTest : public testing::Test {
 protected:
  /// A letter for each name: "-" for no reader, "r" for a reader, "c" for one with a card.
  std::string look(const std::vector<std::string>& names = {"vscard a", "vscard b"}) {
    std::string text;
    for (const auto& state : view_.look(names))
      text += !state.present ? '-' : state.card ? 'c' : 'r';
    return text;
  }

  Pcsclite fake_;
  ServiceView view_{"/nowhere/pcscd.comm"};
};

TEST_F(ServiceViewTest, IsOfTheServiceAtThisSocket) {
  EXPECT_STREQ(std::getenv("PCSCLITE_CSOCK_NAME"), "/nowhere/pcscd.comm");
}

TEST_F(ServiceViewTest, ShowsReadersAndCardsAsTheyCome) {
  EXPECT_EQ(look(), "--");
  fake_.add_reader("vscard b 00 00");
  EXPECT_EQ(look(), "-r");
  fake_.insert("vscard b 00 00", fakes::kAtr);
  fake_.add_reader("vscard a 01 00");
  EXPECT_EQ(look(), "rc") << "in the order of the names";
  fake_.insert("vscard a 01 00", "", Pcsclite::Mute::Yes);
  EXPECT_EQ(look(), "cc") << "a card that does not answer is one";
  fake_.remove("vscard b 00 00");
  EXPECT_EQ(look(), "cr");
}

TEST_F(ServiceViewTest, TakesAReaderWithACardInAnyOfItsSlots) {
  fake_.add_reader("vscard a 00 00");
  fake_.insert("vscard a 00 00", fakes::kAtr);
  fake_.add_reader("vscard a 00 01");
  EXPECT_EQ(look(), "c-");
}

TEST_F(ServiceViewTest, LeavesOtherReadersOut) {
  for (const char* name : {"vscard a2 00 00", "vscard", "a", "xvscard a 00 00"}) {
    fake_.add_reader(name);
    fake_.insert(name, fakes::kAtr);
  }
  EXPECT_EQ(look(), "--");
  EXPECT_EQ(look({}), "");
}

TEST_F(ServiceViewTest, ShowsNothingUntilTheServiceIsThere) {
  fake_.stop_service(SCARD_E_NO_SERVICE);
  fake_.add_reader("vscard a 00 00");
  EXPECT_EQ(look(), "--");
  fake_.start_service();
  EXPECT_EQ(look(), "r-");
}

}  // namespace
}  // namespace vscard::pcsc_bridge::run
