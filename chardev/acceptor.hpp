#pragma once

#include "async/awaitable.hpp"
#include "chardev/descriptor.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <expected>
#include <system_error>

namespace vscard::chardev {

/// Takes connections from a listening socket, of whatever kind.
class Acceptor {
 public:
  Acceptor(const asio::any_io_executor& executor, Descriptor listening);

  Awaitable<std::expected<Descriptor, std::error_code>> accept();
  /// accept() ends with asio::error::operation_aborted.
  void close();
  int listening() { return listening_.native_handle(); }

 private:
  asio::posix::stream_descriptor listening_;
};

}  // namespace vscard::chardev
