// Lines of faults, then what a card and its host say: each verdict is one that can be obeyed, and a
// spoilt response still has a status word.

#include "cards/faults/faults.hpp"

#include <algorithm>
#include <sstream>

using namespace vscard;
using namespace vscard::cards::faults;

namespace {

void check_response(protocol::Bytes bytes, const Verdict& verdict) {
  auto response = protocol::SecretBytes::copy_of(bytes);
  spoil(response, verdict);
  if (response.size() < 2 || response.size() > bytes.size()) __builtin_trap();
}

void check(Faults& faults, protocol::Bytes bytes) {
  for (std::size_t begin = 0; begin + 2 <= bytes.size(); begin += 4) {
    const protocol::Bytes apdu = bytes.subspan(begin);
    const Verdict verdict = faults.on_command(apdu.first(std::min<std::size_t>(apdu.size(), 5)));
    if (verdict.slow < protocol::Duration()) __builtin_trap();
    if (verdict.outcome != Verdict::Outcome::Answered && verdict.fired.empty()) __builtin_trap();
    check_response(apdu, verdict);
  }
  static_cast<void>(faults.on_power());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream lines(std::string(data, data + size));
  Faults faults;
  std::size_t count = 0;
  for (std::string line; count < 8 && std::getline(lines, line); ++count) {
    auto fault = parse_fault(line);
    if (!fault && fault.error().text.empty()) __builtin_trap();
    if (fault && fault->text != line) __builtin_trap();
    if (fault) faults.add(std::move(*fault));
  }
  check(faults, {data, size});
  return 0;
}
