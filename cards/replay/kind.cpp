#include "cards/replay/kind.hpp"

#include "cards/replay/options.hpp"

#include <array>

namespace vscard::cards::replay {
namespace {

Result<std::any> parse(const chardev::KeyList& list) {
  if (list.head.empty()) return std::unexpected("--card replay needs a file: replay:FILE");
  const std::string match = list.last("match").value_or("order");
  if (match != "order" && match != "any") {
    return std::unexpected("--card replay: match= is order or any, not '" + match + "'");
  }
  return Options{.path = list.head,
                 .match = match == "any" ? Options::Match::Any : Options::Match::InOrder};
}

chardev::Access access(const CardSpec& spec) {
  chardev::Access access;
  access.add_file(std::any_cast<const Options&>(spec.details).path);
  return access;
}

constexpr std::array kForms{
    CardForm{.text = "replay:FILE[,match=any]",
             .meaning = "a card that was recorded with record=FILE, without that card:\n"
                        "the same commands in the same order, or with match=any in any"}};
constexpr std::array<std::string_view, 1> kKeys{"match"};

}  // namespace

constinit const Kind kReplay{.name = "replay",
                             .stem = "replay",
                             .forms = kForms,
                             .keys = kKeys,
                             .parse = parse,
                             .access = access,
                             .syntax = Kind::Syntax::File,
                             .presence = Kind::Presence::WhenInserted};

}  // namespace vscard::cards::replay
