#include "protocol/iso7816/apdu.hpp"

#include "protocol/iso7816/apdu_log.hpp"

#include <algorithm>

using namespace vscard::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  const auto command = iso7816::CommandApdu::parse(bytes);
  if (command && !std::ranges::equal(command->encode()->view(), bytes)) __builtin_trap();
  const auto response = iso7816::ResponseApdu::parse(bytes);
  if (response && !std::ranges::equal(response->encode().view(), bytes)) __builtin_trap();
  if (iso7816::describe_command(bytes).size() > 50 + 3 * iso7816::kMaxLoggedData) __builtin_trap();
  return iso7816::describe_response(bytes).empty() ? -1 : 0;
}
