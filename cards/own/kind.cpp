#include "cards/own/kind.hpp"

#include "program/state_folder.hpp"

#include <array>

namespace vscard::cards::own {
namespace {

Result<std::any> parse(const chardev::KeyList& /*list*/) { return std::any{}; }

/// It is made in its folder, and beside it.
chardev::Access access(const CardSpec& /*spec*/) {
  chardev::Access access;
  if (const auto state = program::state_folder()) access.add_own(*state);
  return access;
}

constexpr std::array kForms{CardForm{
    .text = "soft", .meaning = "your own soft card, a PIV card made the first time (the default)"}};

}  // namespace

constinit const Kind kOwn{
    .name = "soft", .stem = "soft", .forms = kForms, .parse = parse, .access = access};

}  // namespace vscard::cards::own
