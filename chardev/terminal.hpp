#pragma once

/// A line that changes no byte: nothing echoed, nothing interpreted. False: it is not a terminal.
namespace vscard::chardev {

bool make_raw(int terminal);

}  // namespace vscard::chardev
