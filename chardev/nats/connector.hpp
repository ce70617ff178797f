#pragma once

#include "chardev/transport.hpp"

#include <memory>

namespace vscard::chardev::nats {

/// Asks for a stream under a name; with wait= it keeps a place in the line of a pool between two
/// tries.
std::unique_ptr<Connector> make_connector(asio::any_io_executor executor, Address address);

}  // namespace vscard::chardev::nats
