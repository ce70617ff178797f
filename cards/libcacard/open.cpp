// libcacard::open(): from what --card says to readers.

#include "cards/libcacard/card.hpp"
#include "cards/libcacard/databases.hpp"
#include "cards/libcacard/emulation.hpp"
#include "cards/libcacard/kinds.hpp"
#include "cards/libcacard/readers.hpp"
#include "cards/libcacard/renewal.hpp"
#include "cards/libcacard/start.hpp"
#include "cards/posted_lines.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vscard::cards::libcacard {
namespace {

/// Its state is the process's.
Result<> take_the_one_start() {
  static bool taken = false;
  if (std::exchange(taken, true)) {
    return std::unexpected(
        Failure{"libcacard can start only once in a process, with all its cards"});
  }
  return {};
}

Result<Start> begin(std::span<const CardSpec> specs, const OpenOptions& options) {
  std::vector<Card> cards;
  std::ranges::transform(specs, std::back_inserter(cards), card_of);
  const auto emulation = emulation_of(cards);
  if (!emulation) return std::unexpected(emulation.error());
  if (const auto first = take_the_one_start(); !first) return std::unexpected(first.error());
  const auto opened = open_databases(*emulation);
  if (!opened) return std::unexpected(opened.error());
  return prepare(specs, options);
}

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  Renewal renewal(specs, with_posted_lines(options, executor));
  auto start = begin(specs, options);
  if (!start) return std::unexpected(start.error());
  auto readers = (*start)();
  if (!readers) return std::unexpected(readers.error());
  return std::make_unique<Readers>(executor, std::move(*readers), std::move(renewal));
}

}  // namespace vscard::cards::libcacard
