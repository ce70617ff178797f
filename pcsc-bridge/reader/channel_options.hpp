#pragma once

#include "protocol/failure.hpp"
#include "session/vsc_link_options.hpp"

#include <span>
#include <string_view>

namespace vscard::pcsc_bridge::reader {

/// DEVICENAME of a reader.conf(5): an endpoint, or the absolute path of a file that holds one, in a
/// line of its own. Without quotes, which come here with it, pcscd allows few characters, and no
/// comma. Keys beside the transport's are peer-max-apdu=BYTES, apdu-timeout=SECONDS and
/// insecure=yes. The error is a line for the user.
Result<session::VscLinkOptions> parse_channel(std::string_view device);
/// The same for an endpoint that had further keys, which have been taken out, in a program that has
/// these transports. `apdu_timeout` counts for one without the key.
Result<session::VscLinkOptions> channel_to(chardev::Endpoint endpoint,
                                           std::span<const chardev::Transport* const> transports,
                                           protocol::Duration apdu_timeout);

}  // namespace vscard::pcsc_bridge::reader
