#include "chardev/stream.hpp"

#include <boost/asio/error.hpp>

namespace vscard::chardev {

bool closed_by_remote(const std::error_code& error) {
  const boost::system::error_code closed = asio::error::eof;
  return error == std::error_code(closed) || error == std::errc::connection_reset ||
         error == std::errc::broken_pipe;
}

}  // namespace vscard::chardev
