#include "chardev/tls/psk.hpp"

#include <string>

using namespace vscard;
using chardev::tls::parse_psks;
using chardev::tls::Psks;

namespace {

std::string text_of(const Psks& psks) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const auto& psk : psks) {
    text += psk.name + ":";
    for (const std::uint8_t byte : psk.key.view()) text += {kDigits[byte >> 4], kDigits[byte & 15]};
    text += "\n";
  }
  return text;
}

}  // namespace

// What is read as a file of keys is written and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto psks = parse_psks({data, size});
  if (!psks) return psks.error().text.empty() ? -1 : 0;
  const std::string text = text_of(*psks);
  const auto again = parse_psks(std::vector<std::uint8_t>(text.begin(), text.end()));
  if (psks->empty() || !again || text_of(*again) != text) __builtin_trap();
  return 0;
}
