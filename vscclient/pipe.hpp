#pragma once

namespace vscard::vscclient {

/// `vscclient pipe ENDPOINT ENDPOINT`: joins what two addresses lead to, whatever the bytes are.
/// `argv` begins with "pipe". The exit status.
int pipe_main(int argc, const char* const* argv);

}  // namespace vscard::vscclient
