// files::open(): from what --card says to readers.

#include "cards/files/kind.hpp"
#include "cards/files/opening.hpp"
#include "cards/files/options.hpp"
#include "cards/files/renewal.hpp"
#include "cards/piv/memory_card.hpp"
#include "cards/separate_cards.hpp"

#include <boost/asio/post.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace vscard::cards::files {
namespace {

/// The same lines, from any thread.
OpenOptions posted(const OpenOptions& options, const asio::any_io_executor& executor) {
  const auto on_executor = [&executor](const std::function<void(const std::string&)>& line) {
    return [executor, line](const std::string& text) {
      asio::post(executor, [line, text] { line(text); });
    };
  };
  return {.tell = on_executor(options.tell), .warn = on_executor(options.warn)};
}

Result<std::unique_ptr<cards::Reader>> reader_of(const asio::any_io_executor& executor,
                                                 const CardSpec& spec, const OpenOptions& options) {
  Renewal renewal(spec, posted(options, executor));
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
