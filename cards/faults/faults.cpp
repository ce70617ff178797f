#include "cards/faults/faults.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace vscard::cards::faults {
namespace {

using Outcome = Verdict::Outcome;

// What each action makes of a verdict; `chance` is any number.

void apply_to(Verdict& verdict, const Mute& /*mute*/, std::uint64_t /*chance*/) {
  verdict.outcome = Outcome::Mute;
}
void apply_to(Verdict& verdict, const Status& status, std::uint64_t /*chance*/) {
  verdict.outcome = Outcome::Status;
  verdict.status = status.word;
}
void apply_to(Verdict& verdict, const Slow& slow, std::uint64_t /*chance*/) {
  verdict.slow += slow.by;
}
void apply_to(Verdict& verdict, const Remove& remove, std::uint64_t /*chance*/) {
  verdict.outcome = Outcome::Removed;
  verdict.back = remove.back;
}
void apply_to(Verdict& verdict, const ResetByOther& /*reset*/, std::uint64_t /*chance*/) {
  verdict.outcome = Outcome::Reset;
}
void apply_to(Verdict& verdict, const CutResponse& cut, std::uint64_t /*chance*/) {
  verdict.kept = std::min(verdict.kept, cut.size);
}
void apply_to(Verdict& verdict, const FlipBit& /*flip*/, std::uint64_t chance) {
  verdict.flips.push_back(chance);
}
void apply_to(Verdict& /*verdict*/, const OtherAtr& /*atr*/, std::uint64_t /*chance*/) {}

}  // namespace

Faults::Faults(std::vector<Fault> faults) {
  for (Fault& fault : faults) add(std::move(fault));
}

Verdict Faults::on_command(protocol::Bytes command) {
  Verdict verdict;
  for (Rule& rule : rules_) {
    if (std::holds_alternative<OtherAtr>(rule.fault.action) || !rule.hits(command)) continue;
    const bool decided = verdict.outcome != Outcome::Answered;
    if (decided && !std::holds_alternative<Slow>(rule.fault.action)) continue;
    const std::uint64_t chance =
        std::holds_alternative<FlipBit>(rule.fault.action) ? rule.random() : 0;
    std::visit([&](const auto& action) { apply_to(verdict, action, chance); }, rule.fault.action);
    ++rule.fired;
    verdict.fired.push_back(rule.fault.text);
  }
  return verdict;
}

std::optional<Faults::Shown> Faults::on_power() {
  std::optional<Shown> shown;
  for (Rule& rule : rules_) {
    const auto* const other = std::get_if<OtherAtr>(&rule.fault.action);
    if (other == nullptr || shown) continue;
    ++rule.fired;
    shown = Shown{.atr = other->atr, .fired = rule.fault.text};
  }
  return shown;
}

std::vector<Faults::Listed> Faults::list() const {
  std::vector<Listed> listed;
  for (const Rule& rule : rules_) {
    listed.push_back({.text = rule.fault.text, .fired = rule.fired});
  }
  return listed;
}

bool Faults::Rule::hits(protocol::Bytes command) {
  const Condition& when = fault.when;
  if (command.size() < 2) return false;
  if (when.cla && *when.cla != command[0]) return false;
  if (when.ins && *when.ins != command[1]) return false;
  ++seen;
  if (seen <= when.after || (seen - when.after) % when.every != 0) return false;
  return by_chance() && fired < when.times;
}

/// A number of the engine is 64 bits, of which a double holds 53.
bool Faults::Rule::by_chance() {
  if (fault.when.probability >= 1) return true;
  constexpr double kUnit = 0x1p-53;
  return static_cast<double>(random() >> 11) * kUnit < fault.when.probability;
}

void spoil(protocol::SecretBytes& response, const Verdict& verdict) {
  response.truncate(std::min(response.size(), verdict.kept));
  for (const std::uint64_t flip : verdict.flips) {
    const std::uint64_t bit = flip % (std::uint64_t{8} * response.size());
    response.data()[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
}

}  // namespace vscard::cards::faults
