#pragma once

#include "async/awaitable.hpp"
#include "chardev/descriptor.hpp"
#include "chardev/stream.hpp"

#include <memory>

namespace vscard::chardev::spicevmc {

/// Passes bytes between a client and the library until one of them closes. False: until the client
/// said what the library must not hear.
Awaitable<bool> relay(std::unique_ptr<Stream> client, std::unique_ptr<Stream> library);

/// Two sockets that are connected to each other; -1: the system has none.
struct SocketPair {
  Descriptor ours;
  Descriptor theirs;
};
SocketPair make_socket_pair();

}  // namespace vscard::chardev::spicevmc
