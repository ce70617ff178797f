#include "fuzz/reader_harness.hpp"

// A hostile guest, whose messages, control requests and restarts are mixed with what the card does
// and with time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vscard::fuzz::ReaderHarness harness;
  vscard::fuzz::play({data, size}, harness);
  return 0;
}
