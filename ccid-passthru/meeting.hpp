#pragma once

#include "ccid-passthru/reader_spec.hpp"
#include "chardev/endpoint.hpp"
#include "protocol/failure.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vscard::ccid_passthru {

/// Where a virtual machine has its end of a reader's usbredir, and what it speaks there.
struct Meeting {
  bool machine_listens = false;
  std::string path;         ///< of a UNIX socket, or empty
  chardev::HostPort place;  ///< else
  bool websocket = false;
  struct Tls {
    std::string key_folder;      ///< of the file keys.psk; empty: both have certificates
    std::string name;            ///< under which a machine that connects has its key
    bool shows_identity = true;  ///< a reader that connects has a certificate, or the key
  };
  std::optional<Tls> tls;
};

/// Of all endpoints, in their order. The error is a line for the user: QEMU does not speak that.
Result<std::vector<Meeting>> meetings(const std::vector<ReaderSpec>& readers);

}  // namespace vscard::ccid_passthru
