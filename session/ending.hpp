#pragma once

#include <system_error>

namespace vscard::session {

/// How a conversation ended.
struct Ending {
  std::error_code error;  ///< none: as this side wanted
  enum class Next {
    TryAgain,  ///< the link was lost, or the peer has had enough
    GiveUp,    ///< the peer is none of ours, or does not want us: it would be the same again
  };
  Next next = Next::TryAgain;
};

}  // namespace vscard::session
