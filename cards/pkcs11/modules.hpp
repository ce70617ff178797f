#pragma once

#include "protocol/failure.hpp"

#include <p11-kit/p11-kit.h>
#include <string>
#include <vector>

namespace vscard::cards::pkcs11 {

/// PKCS#11 modules in use: those that p11-kit is configured with, and others by their files. They
/// are let go at the end.
class Modules {
 public:
  Modules() = default;
  Modules(const Modules&) = delete;
  Modules& operator=(const Modules&) = delete;
  ~Modules();

  // Valid as long as this object. Failures are lines for the user.

  /// All that p11-kit is configured with; one that fails is left out.
  Result<std::vector<CK_FUNCTION_LIST*>> configured();
  Result<CK_FUNCTION_LIST*> file(const std::string& path);

 private:
  CK_FUNCTION_LIST** configured_ = nullptr;
  std::vector<CK_FUNCTION_LIST*> files_;
};

}  // namespace vscard::cards::pkcs11
