#pragma once

#include <functional>
#include <string_view>

namespace vscard::chardev::spicevmc {

/// From now on what libspice-server has to say goes there, from any thread: its warnings, which
/// tell why it turned a client away, and what is worse. The client is named, and the place in the
/// library's sources is not. Without it they stand on standard error as GLib writes them.
void set_log(std::function<void(std::string_view)> log);

/// "reds.cpp:1984:reds_handle_ticket: Invalid password" without what is of use to its authors only.
std::string_view without_place(std::string_view message);

}  // namespace vscard::chardev::spicevmc
