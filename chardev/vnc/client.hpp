#pragma once

#include "chardev/transport.hpp"

namespace vscard::chardev::vnc {

/// Logs in at a VNC server, announces, and gives the channel. It shows no picture and asks for
/// none.
std::unique_ptr<Connector> connector(asio::any_io_executor executor, Address address);

}  // namespace vscard::chardev::vnc
