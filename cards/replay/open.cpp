// replay::open(): from what --card says to readers.

#include "cards/recording/read.hpp"
#include "cards/replay/by_command.hpp"
#include "cards/replay/in_order.hpp"
#include "cards/replay/kind.hpp"
#include "cards/replay/options.hpp"
#include "cards/replay/reader.hpp"
#include "cards/separate_cards.hpp"

#include <utility>

namespace vscard::cards::replay {
namespace {

std::unique_ptr<Player> player_of(const Options& options, const recording::Recording& recording,
                                  const OpenOptions& lines) {
  auto script = make_script(recording);
  if (options.match == Options::Match::Any) {
    return std::make_unique<ByCommand>(options.path, std::move(script), lines.warn);
  }
  return std::make_unique<InOrder>(options.path, std::move(script), lines.tell, lines.warn);
}

Result<std::unique_ptr<Reader>> reader_of(const asio::any_io_executor& executor,
                                          const CardSpec& spec, const OpenOptions& lines) {
  const auto& options = std::any_cast<const Options&>(spec.details);
  const auto recording = recording::read_recording(options.path);
  if (!recording) return std::unexpected(recording.error());
  if (recording->cut_off > 0) {
    lines.warn(options.path + ":" + std::to_string(recording->cut_off) +
               ": this line is not whole, and left out");
  }
  return std::make_unique<Reader>(executor, spec.name, player_of(options, *recording, lines));
}

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  return open_separately(specs,
                         [&](const CardSpec& spec) { return reader_of(executor, spec, options); });
}

}  // namespace vscard::cards::replay
