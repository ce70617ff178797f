// files::open(): from what --card says to readers.

#include "cards/files/kind.hpp"
#include "cards/files/opening.hpp"
#include "cards/files/options.hpp"
#include "cards/files/renewal.hpp"
#include "cards/piv/memory_card.hpp"
#include "cards/posted_lines.hpp"
#include "cards/separate_cards.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace vscard::cards::files {
namespace {

Result<std::unique_ptr<cards::Reader>> reader_of(const asio::any_io_executor& executor,
                                                 const CardSpec& spec, const OpenOptions& options) {
  Renewal renewal(spec, with_posted_lines(options, executor));
  const auto contents = look_into(spec, options, Attempt::First);
  if (!contents) return std::unexpected(contents.error());
  return piv::make_memory_card(executor, *contents, pin_of(options), spec.name, std::move(renewal));
}

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  return open_separately(specs,
                         [&](const CardSpec& spec) { return reader_of(executor, spec, options); });
}

}  // namespace vscard::cards::files
