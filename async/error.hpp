#pragma once

#include <system_error>

namespace vscard::async {

// Asio's errors that have a meaning of their own here, to be compared with.

/// asio::error::eof: the other end has closed the stream.
std::error_code end_of_stream();
/// asio::error::operation_aborted: this side has closed, or cancelled.
std::error_code aborted();

}  // namespace vscard::async
