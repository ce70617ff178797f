#pragma once

#include <string>

namespace vscard::chardev::tls {

/// Whose certificate a TLS server has to show.
struct Trust {
  std::string ca_file;  ///< PEM; if this and `ca` are empty: the system's authorities
  std::string ca;       ///< PEM itself
  std::string subject;  ///< "O=Example,CN=vmhost"; empty: the certificate is for `host`
  std::string host;
};

}  // namespace vscard::chardev::tls
