#pragma once

#include "protocol/failure.hpp"

#include <openssl/x509.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace vscard::cards::files {

/// The rounds by which a file makes it slow to try passwords: a file says itself how many, so they
/// are bounded, and many are told before the start takes long.
class Work {
 public:
  /// Some seconds: a file with 20 parts as pk12util and certtool write them.
  static constexpr std::uint64_t kMost = 20'000'000;

  explicit Work(std::function<void(const std::string&)> tell, std::uint64_t most = kMost)
      : tell_(std::move(tell)), most_(most) {}

  // Before what costs them. The failure is a line for the user.

  /// Of PBES1, PBES2 or PBMAC1.
  Result<> take(const X509_ALGOR& algorithm);
  Result<> take(const ASN1_INTEGER& rounds);

 private:
  Result<> take(std::uint64_t rounds);

  std::function<void(const std::string&)> tell_;
  std::uint64_t most_;
  std::uint64_t rounds_ = 0;
};

}  // namespace vscard::cards::files
