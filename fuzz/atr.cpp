#include "protocol/iso7816/atr.hpp"

#include <algorithm>

using namespace vscard::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto atr = iso7816::Atr::parse({data, size});
  if (!atr) return 0;
  if (!std::ranges::equal(atr->bytes(), Bytes(data, size))) __builtin_trap();
  if (atr->protocols().empty() || atr->first_protocol() > 15) __builtin_trap();
  if (atr->historical_bytes().size() != (data[1] & 0x0fU)) __builtin_trap();
  if (iso7816::Atr::parse(atr->bytes()) != *atr) __builtin_trap();
  return 0;
}
