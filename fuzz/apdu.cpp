#include "protocol/apdu.hpp"

#include "protocol/apdu_log.hpp"

#include <algorithm>

using namespace vscard::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  const auto command = CommandApdu::parse(bytes);
  if (command && !std::ranges::equal(command->encode()->view(), bytes)) __builtin_trap();
  const auto response = ResponseApdu::parse(bytes);
  if (response && !std::ranges::equal(response->encode().view(), bytes)) __builtin_trap();
  if (describe_command(bytes).size() > 50 + 3 * kMaxLoggedData) __builtin_trap();
  return describe_response(bytes).empty() ? -1 : 0;
}
