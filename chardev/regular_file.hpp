#pragma once

#include "chardev/descriptor.hpp"
#include "protocol/failure.hpp"

#include <string>
#include <sys/types.h>

namespace vscard::chardev {

/// Opens a regular file, or makes one that its user alone can open, with the flags of open(2). No
/// link is followed: the file's folder may belong to another user. Nothing is waited for, as who
/// reads a FIFO. The error is what the system says, or that it is not a regular file.
Result<Descriptor> open_regular_file(const std::string& path, int flags);

}  // namespace vscard::chardev
