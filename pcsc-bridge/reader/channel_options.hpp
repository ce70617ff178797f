#pragma once

#include "chardev/endpoint.hpp"
#include "chardev/transport.hpp"
#include "protocol/failure.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace vscard::pcsc_bridge::reader {

/// What a reader.conf says of a reader.
struct ChannelOptions {
  chardev::Endpoint endpoint;
  const chardev::Transport* transport = nullptr;  ///< the endpoint's
  protocol::vsc::PeerLimits client;
  protocol::Duration apdu_timeout = protocol::vsc::kApduTimeout;
};

/// DEVICENAME of a reader.conf(5): an endpoint, or the absolute path of a file that holds one, in a
/// line of its own. Without quotes, which come here with it, pcscd allows few characters, and no
/// comma. Keys beside the transport's are peer-max-apdu=BYTES and apdu-timeout=SECONDS. The error
/// is a line for the user.
Result<ChannelOptions> parse_channel(std::string_view device);

}  // namespace vscard::pcsc_bridge::reader
