#include "protocol/iso7816/apdu.hpp"

#include "protocol/iso7816/apdu_log.hpp"

#include <algorithm>

using namespace vscard::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  if (const auto command = iso7816::CommandApdu::parse(bytes)) {
    const auto encoded = command->encode();
    if (!encoded || !std::ranges::equal(encoded->view(), bytes)) __builtin_trap();
    if (iso7816::CommandApdu::parse(encoded->view()) != *command) __builtin_trap();
    auto longer = *command;
    longer.ne = iso7816::kMaxExtendedNe + 1;
    if (longer.encode()) __builtin_trap();
  }
  if (const auto response = iso7816::ResponseApdu::parse(bytes)) {
    const auto encoded = response->encode();
    if (!std::ranges::equal(encoded.view(), bytes)) __builtin_trap();
    if (iso7816::ResponseApdu::parse(encoded.view()) != *response) __builtin_trap();
  }
  if (iso7816::describe_command(bytes).size() > 50 + 3 * iso7816::kMaxLoggedData) __builtin_trap();
  return iso7816::describe_response(bytes).empty() ? -1 : 0;
}
