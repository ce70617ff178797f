#include "chardev/stream.hpp"

#include "async/error.hpp"

namespace vscard::chardev {

bool closed_by_remote(const std::error_code& error) {
  return error == async::end_of_stream() || error == std::errc::connection_reset ||
         error == std::errc::broken_pipe;
}

}  // namespace vscard::chardev
