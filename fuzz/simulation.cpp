#include "tests/simulation/run.hpp"

#include <cstdio>

// The life of the whole system that the bytes choose: see tests/simulation/world.hpp.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string fault = vscard::tests::simulation::fault_of({data, size});
  if (fault.empty()) return 0;
  std::fputs(fault.c_str(), stderr);
  __builtin_trap();
}
