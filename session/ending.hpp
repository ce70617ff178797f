#pragma once

#include "protocol/time.hpp"

#include <system_error>

namespace vscard::session {

/// How a conversation ended.
struct Ending {
  std::error_code error;  ///< none: as this side wanted
  enum class Next {
    TryAgain,  ///< the link was lost, or the remote has had enough
    GiveUp,    ///< the remote is none of ours, or does not want us: it would be the same again
  };
  Next next = Next::TryAgain;
  /// So long the conversation waits for another connection, and goes on there.
  protocol::Duration waits = {};
};

/// Of a stream that comes while another one is served: it was closed, and the other goes on.
inline Ending already_serving() {
  return {.error = std::make_error_code(std::errc::operation_in_progress)};
}

}  // namespace vscard::session
