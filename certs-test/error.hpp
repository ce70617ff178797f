#pragma once

#include <string>

namespace vscard::certs_test {

/// One line for the user: what was tried, with what, and what failed.
struct Error {
  std::string message;
};

}  // namespace vscard::certs_test
