#include "cards/link/metrics.hpp"

#include <fmt/core.h>

#include <functional>
#include <optional>
#include <string_view>

namespace vscard::cards::link {
namespace {

using Status = CardLink::Status;
/// Of one card; nothing: it has none.
using Value = std::function<std::optional<std::string>(const Status& card)>;

struct Family {
  std::string_view name;
  std::string_view type;  ///< "counter", whose samples are called NAME_total, or "gauge"
  std::string_view help;
  Value value;
};

/// As OpenMetrics writes the value of a label.
std::string escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

std::string labels_of(const Status& card) {
  std::string labels = "card=\"" + escaped(card.card) + "\"";
  if (card.lending != nullptr) labels += ",pool=\"" + escaped(card.lending->pool()) + "\"";
  return labels;
}

/// Only of a card that is lent.
template <class Get>
Value of_lent(Get get) {
  return [get](const Status& card) -> std::optional<std::string> {
    if (card.lending == nullptr) return std::nullopt;
    return std::to_string(get(*card.lending));
  };
}

std::optional<std::string> round_trip(const Status& card) {
  if (!card.round_trip) return std::nullopt;
  return fmt::format("{:.6f}", std::chrono::duration<double>(*card.round_trip).count());
}

std::vector<Family> families() {
  using chardev::Lending;
  return {{.name = "vscard_apdus",
           .type = "counter",
           .help = "Commands that the card was given.",
           .value = [](const Status& card) { return std::to_string(card.apdus); }},
          {.name = "vscard_failures",
           .type = "counter",
           .help = "Commands that the card did not answer.",
           .value = [](const Status& card) { return std::to_string(card.failures); }},
          {.name = "vscard_hosts",
           .type = "gauge",
           .help = "Hosts that are connected: 0 or 1.",
           .value = [](const Status& card) { return card.remote ? "1" : "0"; }},
          {.name = "vscard_round_trip_seconds",
           .type = "gauge",
           .help = "To the host and back.",
           .value = round_trip},
          {.name = "vscard_leases",
           .type = "counter",
           .help = "How often the card was lent.",
           .value = of_lent([](const Lending& card) { return card.lent(); })},
          {.name = "vscard_lent",
           .type = "gauge",
           .help = "Is the card lent now? 0 or 1.",
           .value = of_lent([](const Lending& card) { return card.lease() ? 1 : 0; })},
          {.name = "vscard_waiting",
           .type = "gauge",
           .help = "Those in line whom the card would fit; one may wait for several cards.",
           .value = of_lent([](const Lending& card) { return card.line().size(); })}};
}

std::string head_of(const Family& family) {
  std::string head = fmt::format("# TYPE {} {}\n", family.name, family.type);
  if (family.name.ends_with("_seconds")) head += fmt::format("# UNIT {} seconds\n", family.name);
  return head + fmt::format("# HELP {} {}\n", family.name, family.help);
}

}  // namespace

std::string metrics_text(const std::vector<Status>& cards) {
  std::string text;
  for (const Family& family : families()) {
    text += head_of(family);
    const std::string_view suffix = family.type == "counter" ? "_total" : "";
    for (const Status& card : cards) {
      const auto value = family.value(card);
      if (!value) continue;
      text += fmt::format("{}{}{{{}}} {}\n", family.name, suffix, labels_of(card), *value);
    }
  }
  return text + "# EOF\n";
}

}  // namespace vscard::cards::link
