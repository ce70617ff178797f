#include "async/error.hpp"

#include <boost/asio/error.hpp>

namespace vscard::async {

std::error_code end_of_stream() {
  return boost::system::error_code(boost::asio::error::make_error_code(boost::asio::error::eof));
}

std::error_code aborted() {
  return boost::system::error_code(
      boost::asio::error::make_error_code(boost::asio::error::operation_aborted));
}

}  // namespace vscard::async
