#pragma once

#include "chardev/transport.hpp"
#include "protocol/failure.hpp"

#include <string_view>

namespace vscard::session {

/// Refuses an endpoint over which PINs would go unencrypted to or from another machine. The line
/// shows what to use in its place, and `waiver`, which allows it all the same: "pass --insecure".
Result<> check_exposure(const chardev::Endpoint& endpoint, const chardev::Transport& transport,
                        std::string_view waiver);

}  // namespace vscard::session
