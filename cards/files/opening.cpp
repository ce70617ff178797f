#include "cards/files/opening.hpp"

#include <string_view>
#include <vector>

namespace vscard::cards::files {
namespace {

constexpr std::string_view kUsualPin = "12345678";

}  // namespace

protocol::SecretBytes pin_of(const OpenOptions& options) {
  if (!options.new_pin.empty()) return options.new_pin.clone();
  return protocol::SecretBytes::copy_of(
      std::vector<std::uint8_t>(kUsualPin.begin(), kUsualPin.end()));
}

Result<> report(const Identities& found, std::size_t shown, const std::string& kind,
                const CardSpec& spec, const OpenOptions& options) {
  for (const std::string& line : found.exposed) options.warn(spec.name + ": " + line);
  for (const std::string& line : found.lines) options.warn(spec.name + ": " + line);
  if (shown > 0) return {};
  return std::unexpected("the card '" + spec.name + "' has no key with a certificate that " + kind +
                         " can show");
}

}  // namespace vscard::cards::files
