#include "fuzz/device_harness.hpp"

// A hostile guest on all pipes, mixed with what the card does and with time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vscard::fuzz::DeviceHarness harness;
  vscard::fuzz::play({data, size}, harness);
  return 0;
}
