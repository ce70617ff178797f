#pragma once

#include "inspect/request.hpp"

#include <optional>
#include <string>

namespace vscard::inspect {

/// Whom the inspector lets in. Every program of this machine can connect to a loopback port, and
/// every web page can make a browser of this machine do so.
class Gate {
 public:
  /// A new token: 128 bits of chance in hexadecimal.
  Gate();

  const std::string& token() const { return token_; }

  /// What to answer to a request that may not even have the page; nothing: it may. Host has to be a
  /// loopback name, so that no name of somebody else's leads here (DNS rebinding), and Origin, if
  /// there is one, our own page's.
  static std::optional<Status> refuse(const Request& request);
  /// … and that may not have what the page shows, or change something: its token has to be ours.
  std::optional<Status> refuse_contents(const Request& request) const;

 private:
  std::string token_;
};

}  // namespace vscard::inspect
