#pragma once

#include "chardev/transport.hpp"

namespace vscard::chardev {

/// Standard input and output as one stream, for a program that another one starts: "stdio:". There
/// is one in a process.
extern const Transport kStdio;

/// Takes them for the stream, unless that was done. From then on standard input is empty, and what
/// any library prints goes to standard error. Without it, the first connect() does so.
Result<> take_stdio();

}  // namespace vscard::chardev
