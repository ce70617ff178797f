#include "fuzz/device_desk.hpp"

// A hostile host on all pipes, mixed with what the card does and with time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vscard::fuzz::DeviceDesk desk;
  vscard::fuzz::play({data, size}, desk);
  return 0;
}
