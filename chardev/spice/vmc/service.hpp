#pragma once

#include "chardev/spice/client.hpp"

#include <optional>
#include <string>

namespace vscard::chardev::spice::vmc {

/// A USB device of the virtual machine: one of QEMU's usb-redir with a spicevmc chardev.
Service usbredir_service();
/// What an address with port=NAME means to every program: a spiceport chardev of this name.
std::optional<Service> port_service(const Address& address);
Service port_service(const std::string& name);

}  // namespace vscard::chardev::spice::vmc
