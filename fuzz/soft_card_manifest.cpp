#include "certs-test/manifest.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace vscard::certs_test;

/// Whatever is read as a manifest is written and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest = parse_manifest(std::string(data, data + size));
  if (manifest && parse_manifest(to_json(*manifest)) != *manifest) std::abort();
  return 0;
}
