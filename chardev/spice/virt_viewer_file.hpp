#pragma once

#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <string>

namespace vscard::chardev::spice {

/// What a .vv file says of a SPICE server: those that Proxmox, oVirt and others hand out for
/// remote-viewer. Other keys are about the screen.
struct VirtViewerFile {
  std::string host;
  std::string port;      ///< of its plain port, or empty
  std::string tls_port;  ///< or empty
  std::string proxy;     ///< "http://HOST:PORT", or empty
  std::string ca;        ///< PEM, or empty
  std::string subject;   ///< as in certificate_name.hpp, or empty
  protocol::SecretBytes password;
};

/// The error is part of a line for the user.
Result<VirtViewerFile> parse_virt_viewer_file(protocol::Bytes text);

}  // namespace vscard::chardev::spice
