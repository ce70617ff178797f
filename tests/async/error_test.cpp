#include "async/error.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

namespace vscard::async {
namespace {

std::error_code from_asio(boost::asio::error::basic_errors error) {
  return boost::system::error_code(make_error_code(error));
}

TEST(AsioErrors, EqualWhatOperationsGive) {
  const boost::system::error_code end = boost::asio::error::eof;
  EXPECT_EQ(std::error_code(end), end_of_stream());
  EXPECT_EQ(from_asio(boost::asio::error::operation_aborted), aborted());
  EXPECT_NE(from_asio(boost::asio::error::connection_reset), end_of_stream());
  EXPECT_NE(end_of_stream(), aborted());
}

TEST(AsioErrors, SaySomething) {
  EXPECT_EQ(end_of_stream().message(), "End of file");
  EXPECT_EQ(aborted().message(), "Operation canceled");
}

}  // namespace
}  // namespace vscard::async
