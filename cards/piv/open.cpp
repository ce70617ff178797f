// open(): from what --card says to readers.

#include "cards/piv/factory.hpp"
#include "cards/piv/folder.hpp"
#include "cards/piv/kind.hpp"
#include "cards/piv/options.hpp"
#include "cards/piv/pin.hpp"
#include "cards/piv/reader.hpp"
#include "cards/separate_cards.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace vscard::cards::piv {
namespace {

using Lines = std::function<void(const std::string&)>;

Result<State> make_in(const Folder& folder, const OpenOptions& options) {
  NewCard card = new_card();
  if (!options.new_pin.empty()) {
    if (const auto right = check_pin(options.new_pin); !right) {
      return std::unexpected(right.error());
    }
    card.pin = padded(options.new_pin.view());
  }
  State state = make_card(card);
  if (const auto stored = folder.store(encode(state).view()); !stored) {
    return std::unexpected(stored.error());
  }
  options.tell("a new PIV card is in " + folder.path().string() + "; its PIN is " +
               (options.new_pin.empty() ? std::string(kDefaultPin) : "the one given") +
               ", its PUK " + std::string(kDefaultPuk));
  return state;
}

/// Programs see a key by its certificate.
bool is_empty(const State& state) {
  return std::ranges::none_of(state.keys, [&state](const auto& it) {
    return it.first != Slot::Attestation && state.objects.contains(certificate_tag(it.first));
  });
}

Result<State> state_in(const Folder& folder, const OpenOptions& options) {
  auto found = folder.load();
  if (!found) return std::unexpected(found.error());
  if (!*found) return make_in(folder, options);
  options.tell("using the PIV card in " + folder.path().string());
  if (const auto exposure = folder.exposure()) options.warn(*exposure);
  return std::move(**found);
}

/// Its failures are told where the program tells its lines.
Store store_into(Folder folder, const asio::any_io_executor& executor, Lines warn) {
  return [folder = std::move(folder), executor, warn = std::move(warn)](Bytes state) {
    const auto stored = folder.store(state);
    if (!stored) asio::post(executor, [warn, text = stored.error().text] { warn(text); });
    return stored.has_value();
  };
}

Result<std::unique_ptr<Reader>> reader_of(const asio::any_io_executor& executor,
                                          const CardSpec& spec, const OpenOptions& options) {
  const auto path = folder_of(std::any_cast<const Options&>(spec.details));
  if (!path) return std::unexpected(path.error());
  auto folder = Folder::open(*path);
  if (!folder) return std::unexpected(folder.error());
  auto state = state_in(*folder, options);
  if (!state) return std::unexpected(state.error());
  if (is_empty(*state)) {
    options.tell(
        "the PIV card has no certificate, so programs show no key; yubico-piv-tool -r '' -a "
        "generate begins one");
  }
  return std::make_unique<Reader>(
      executor, Card(std::move(*state), store_into(std::move(*folder), executor, options.warn)),
      spec.name);
}

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  return open_separately(specs,
                         [&](const CardSpec& spec) { return reader_of(executor, spec, options); });
}

}  // namespace vscard::cards::piv
