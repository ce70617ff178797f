// files::open(): from what --card says to readers.

#include "cards/files/kind.hpp"
#include "cards/files/options.hpp"
#include "cards/files/places.hpp"
#include "cards/files/read.hpp"
#include "cards/files/shown.hpp"
#include "cards/piv/memory_card.hpp"
#include "cards/separate_cards.hpp"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace vscard::cards::files {
namespace {

constexpr std::string_view kUsualPin = "12345678";

protocol::SecretBytes pin_of(const OpenOptions& options) {
  if (!options.new_pin.empty()) return options.new_pin.clone();
  return protocol::SecretBytes::copy_of(
      std::vector<std::uint8_t>(kUsualPin.begin(), kUsualPin.end()));
}

Result<std::unique_ptr<cards::Reader>> reader_of(const asio::any_io_executor& executor,
                                                 const CardSpec& spec, const OpenOptions& options) {
  auto found = read_all(options_of(spec), options.tell);
  if (!found) return std::unexpected(found.error());
  const auto places = places_of(found->usable, found->lines);
  for (const std::string& line : found->exposed) options.warn(spec.name + ": " + line);
  for (const std::string& line : found->lines) options.warn(spec.name + ": " + line);
  if (places.empty()) {
    return std::unexpected("the card '" + spec.name +
                           "' has no key with a certificate that a PIV card can show");
  }
  for (const Place& place : places) options.tell(line_of(spec.name, place));
  return piv::make_memory_card(executor, contents_of(places), pin_of(options), spec.name);
}

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  return open_separately(specs,
                         [&](const CardSpec& spec) { return reader_of(executor, spec, options); });
}

}  // namespace vscard::cards::files
