// files::open(): from what --card says to readers.

#include "cards/files/kind.hpp"
#include "cards/files/opening.hpp"
#include "cards/files/options.hpp"
#include "cards/files/places.hpp"
#include "cards/files/read.hpp"
#include "cards/files/shown.hpp"
#include "cards/piv/memory_card.hpp"
#include "cards/separate_cards.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace vscard::cards::files {
namespace {

Result<std::unique_ptr<cards::Reader>> reader_of(const asio::any_io_executor& executor,
                                                 const CardSpec& spec, const OpenOptions& options) {
  auto found = read_all(options_of(spec), options.tell);
  if (!found) return std::unexpected(found.error());
  const auto places = places_of(found->usable, certificates::now(), found->lines);
  const auto reported = report(*found, places.size(), "a PIV card", spec, options);
  if (!reported) return std::unexpected(reported.error());
  report(spec.name, places, options);
  return piv::make_memory_card(executor, contents_of(places), pin_of(options), spec.name);
}

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  return open_separately(specs,
                         [&](const CardSpec& spec) { return reader_of(executor, spec, options); });
}

}  // namespace vscard::cards::files
