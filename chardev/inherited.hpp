#pragma once

#include "protocol/failure.hpp"

#include <string_view>

namespace vscard::chardev {

/// Which descriptor, of those that this process was started with, an address means: "3" is that
/// number, "systemd" the one socket that systemd passed, another word the one of that name
/// (FileDescriptorName=), as sd_listen_fds_with_names(3) has them. The error is a line for the
/// user.
Result<int> find_inherited(std::string_view name);

}  // namespace vscard::chardev
