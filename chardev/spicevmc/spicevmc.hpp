#pragma once

#include "chardev/transport.hpp"

namespace vscard::chardev::spicevmc {

/// The SPICE server that a SPICE client brings its card to, on TCP: "spicevmc://HOST:PORT". Listens
/// only, and once in a process's life: libspice-server has room for one smart card device.
extern const Transport kSpicevmc;
/// The same on a UNIX socket: "spicevmc+unix:PATH".
extern const Transport kSpicevmcUnix;

/// Is it one of the two?
bool is_spicevmc(const Address& address);
inline constexpr const char* kOneSpicevmc =
    "one process can be a SPICE server for one card only: start a process for each card";

}  // namespace vscard::chardev::spicevmc
