#include "cards/extras.hpp"

#include <algorithm>
#include <utility>

namespace vscard::cards {
namespace {

using Secrets = recording::Options::Secrets;

std::optional<Secrets> secrets_in(std::string_view word) {
  if (word == "no") return Secrets::Blank;
  if (word == "yes") return Secrets::Written;
  return word == "yes-really" ? std::optional(Secrets::WrittenUnattended) : std::nullopt;
}

Result<std::optional<recording::Options>> recording_in(const chardev::KeyList& list) {
  const auto path = list.last("record");
  const auto word = list.last("record-secrets");
  const auto secrets = secrets_in(word.value_or("no"));
  if (!secrets) return std::unexpected("record-secrets= is no, yes or yes-really, not " + *word);
  if (!path && word) return std::unexpected("record-secrets= needs record=FILE");
  if (!path) return std::nullopt;
  if (path->empty()) return std::unexpected("record= needs a file");
  return recording::Options{.path = *path, .secrets = *secrets};
}

/// A fault's conditions look like keys of the card, if they stand behind commas. Here they join it:
/// fault=flip-bit@p=0.001,seed=7
void join_conditions(chardev::KeyList& list) {
  decltype(list.keys) keys;
  for (auto& [key, value] : list.keys) {
    if (!keys.empty() && keys.back().first == "fault" && faults::is_condition(key)) {
      keys.back().second.append("@").append(key).append("=").append(value);
    } else {
      keys.emplace_back(std::move(key), std::move(value));
    }
  }
  list.keys = std::move(keys);
}

Result<std::vector<faults::Fault>> faults_in(const chardev::KeyList& list) {
  std::vector<faults::Fault> all;
  for (const auto& [key, value] : list.keys) {
    if (key != "fault" && key != "delay") continue;
    auto fault = faults::parse_fault(key == "delay" ? "slow:" + value : value);
    if (!fault) return std::unexpected(fault.error());
    all.push_back(std::move(*fault));
  }
  return all;
}

}  // namespace

Result<Extras> take_extras(chardev::KeyList& list) {
  join_conditions(list);
  auto recording = recording_in(list);
  if (!recording) return std::unexpected(recording.error());
  auto faults = faults_in(list);
  if (!faults) return std::unexpected(faults.error());
  std::erase_if(list.keys, [](const auto& key) {
    return std::ranges::find(kExtraKeys, key.first) != kExtraKeys.end();
  });
  return Extras{.recording = std::move(*recording), .faults = std::move(*faults)};
}

chardev::Access access_of(const Extras& extras) {
  chardev::Access access;
  if (extras.recording) {
    access.add_file(extras.recording->path, chardev::Access::Use::Write);
  }
  return access;
}

std::string_view describe_extras() {
  return "  …,record=FILE                 any card: write down what passes, without PINs\n"
         "  …,fault=FAULT[@CONDITION]…    any card: it misbehaves, as mute-after:12, "
         "sw:6982@ins=2a,\n"
         "                                slow:3s, remove-in, reset-by-other, cut-response:4, "
         "flip-bit\n"
         "  …,delay=20ms                  any card: it is slow\n";
}

}  // namespace vscard::cards
