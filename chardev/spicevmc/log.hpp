#pragma once

#include <functional>
#include <string_view>

namespace vscard::chardev::spicevmc {

/// From now on what libspice-server has to say goes there, from any thread: its warnings, which
/// tell why it turned a client away, and what is worse. Without it they stand on standard error as
/// GLib writes them.
void set_log(std::function<void(std::string_view)> log);

}  // namespace vscard::chardev::spicevmc
