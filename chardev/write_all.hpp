#pragma once

#include "protocol/bytes.hpp"

namespace vscard::chardev {

/// Writes all of it to a file, with as many calls of write(2) as that takes. False: errno says why
/// not.
bool write_all(int file, protocol::Bytes bytes);

}  // namespace vscard::chardev
