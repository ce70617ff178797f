#pragma once

#include "chardev/descriptor.hpp"
#include "chardev/socket_listener.hpp"

#include <cstddef>
#include <memory>
#include <sys/socket.h>

/// What TCP sockets need, also those that come from elsewhere.
namespace vscard::chardev {

/// No delay; a vanished machine is noticed within 20 s, idle or not. Harmless for other sockets.
void tune_tcp(int socket);

/// Can another machine be at the other end, or connect? `name` is a socket's, or its peer's, of
/// which `size` bytes count.
bool leaves_machine(const sockaddr_storage& name, std::size_t size);

/// For a socket that listens.
std::unique_ptr<SocketListener> tcp_listener(const asio::any_io_executor& executor,
                                             Descriptor listening);

}  // namespace vscard::chardev
