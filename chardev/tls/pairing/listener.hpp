#pragma once

#include "chardev/tls/keys.hpp"
#include "chardev/transport.hpp"

#include <memory>

namespace vscard::chardev::tls::pairing {

/// Streams of peers that were paired, over the connections of `carrier`, and a place to pair more.
/// The error is a line for the user.
Result<std::unique_ptr<Listener>> listen_paired(const asio::any_io_executor& executor,
                                                std::unique_ptr<Listener> carrier, Keys keys);

}  // namespace vscard::chardev::tls::pairing
