#pragma once

#include "chardev/descriptor.hpp"
#include "chardev/endpoint.hpp"
#include "chardev/socket_listener.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

/// What TCP sockets need, also those that come from elsewhere.
namespace vscard::chardev {

/// What to resolve: to connect to the first that takes it, or to listen on the last. localhost is
/// ::1 and 127.0.0.1, and nobody is asked: what goes there may go unencrypted, wherever /etc/hosts
/// would lead.
std::vector<std::string> hosts_of(const HostPort& target);

/// No delay; a vanished machine is noticed within 20 s, idle or not. Harmless for other sockets.
void tune_tcp(int socket);

/// Can another machine be at the other end, or connect? `name` is a socket's, or its peer's, of
/// which `size` bytes count.
bool leaves_machine(const sockaddr_storage& name, std::size_t size);

/// For a socket that listens.
std::unique_ptr<SocketListener> tcp_listener(const asio::any_io_executor& executor,
                                             Descriptor listening);

}  // namespace vscard::chardev
