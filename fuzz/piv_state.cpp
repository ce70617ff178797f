#include "cards/piv/state.hpp"

#include <algorithm>

using namespace vscard::cards;

// What is read is written as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto state = piv::decode({data, size});
  if (state && piv::decode(piv::encode(*state).view()) != state->clone()) __builtin_trap();
  return 0;
}
