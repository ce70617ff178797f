// open(): from what --card says to readers.

#include "cards/piv/factory.hpp"
#include "cards/piv/fitness.hpp"
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

Result<State> state_in(const Folder& folder, Use use, const OpenOptions& options) {
  auto found = folder.load();
  if (!found) return std::unexpected(found.error());
  if (!*found) return make_in(folder, options);
  if (use == Use::Alone) options.tell("using the PIV card in " + folder.path().string());
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

/// A card before it is in its reader.
struct Opened {
  State state;
  Store store;
};

/// What another program has, as it is now.
Result<Opened> copy_of(const std::filesystem::path& path, const OpenOptions& options) {
  auto found = Folder::load(path);
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::unexpected("another program is making the card in " + path.string());
  options.tell("the card is in use elsewhere, so this is a copy of it: what changes on it is lost");
  return Opened{.state = std::move(**found), .store = [](Bytes /*state*/) { return true; }};
}

Result<Opened> open_in(const asio::any_io_executor& executor, Folder folder, Use use,
                       const OpenOptions& options) {
  auto state = state_in(folder, use, options);
  if (!state) return std::unexpected(state.error());
  return Opened{.state = std::move(*state),
                .store = store_into(std::move(folder), executor, options.warn)};
}

Result<Opened> open_at(const asio::any_io_executor& executor, const std::filesystem::path& path,
                       Use use, const OpenOptions& options) {
  if (use == Use::Shared) {
    auto folder = Folder::open_if_free(path);
    if (!folder) return std::unexpected(folder.error());
    if (!*folder) return copy_of(path, options);
    return open_in(executor, std::move(**folder), use, options);
  }
  auto folder = Folder::open(path);
  if (!folder) return std::unexpected(folder.error());
  return open_in(executor, std::move(*folder), use, options);
}

Result<std::unique_ptr<Reader>> reader_of(const asio::any_io_executor& executor,
                                          const CardSpec& spec, const OpenOptions& options) {
  const auto& asked = std::any_cast<const Options&>(spec.details);
  const auto path = folder_of(asked);
  if (!path) return std::unexpected(path.error());
  auto opened = open_at(executor, *path, asked.use, options);
  if (!opened) return std::unexpected(opened.error());
  report(spec.name, opened->state, options);
  if (is_empty(opened->state)) {
    options.tell(
        "the PIV card has no certificate, so programs show no key; yubico-piv-tool -r '' -a "
        "generate begins one");
  }
  return std::make_unique<Reader>(
      executor, Card(std::move(opened->state), std::move(opened->store)), spec.name);
}

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  return open_separately(specs,
                         [&](const CardSpec& spec) { return reader_of(executor, spec, options); });
}

}  // namespace vscard::cards::piv
