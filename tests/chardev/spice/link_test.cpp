#include "chardev/spice/link.hpp"

#include "chardev/tls/errc.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <vector>

namespace vscard::chardev::spice {
namespace {

using Remedy = ConnectError::Remedy;

// What would be the same the next time ends the program; all else is tried again.
TEST(SpiceLink, GivesUpWhereAnotherTryWouldEndAlike) {
  for (const std::error_code error :
       std::vector<std::error_code>{Errc::NotSpice, Errc::WrongPassword, Errc::NeedsTls,
                                    Errc::NoSuchChannel, Errc::AnotherPort, tls::Errc::BrokenOff}) {
    EXPECT_EQ(failure(error).remedy, Remedy::GiveUp) << error.message();
    EXPECT_EQ(failure(error).text, error.message());
  }
  const std::error_code refused = boost::system::error_code(asio::error::connection_refused);
  for (const std::error_code error :
       std::vector<std::error_code>{Errc::HungUp, Errc::SessionGone, Errc::Closed,
                                    Errc::Disconnected, Errc::Migrated, Errc::Taken, refused}) {
    EXPECT_EQ(failure(error).remedy, Remedy::TryAgain) << error.message();
  }
}

}  // namespace
}  // namespace vscard::chardev::spice
