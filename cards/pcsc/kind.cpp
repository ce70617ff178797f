#include "cards/pcsc/kind.hpp"

#include "cards/pcsc/options.hpp"
#include "chardev/number.hpp"

#include <array>

namespace vscard::cards::pcsc {
namespace {

std::unexpected<Failure> failure(const std::string& text) {
  return std::unexpected(Failure{"--card pcsc: " + text});
}

Result<Share> parse_share(const std::string& text) {
  if (text == "shared") return Share::Shared;
  if (text == "exclusive") return Share::Exclusive;
  return failure("share= is shared or exclusive, not '" + text + "'");
}

Result<std::chrono::seconds> parse_hold(const std::string& text) {
  const auto seconds = chardev::parse_number<std::int64_t>(text, 0, kMaxHold.count());
  if (!seconds) return failure("hold= is a number of seconds from 0 to 30, not '" + text + "'");
  return std::chrono::seconds(*seconds);
}

Result<std::any> parse(const chardev::KeyList& list) {
  const auto share = parse_share(list.last("share").value_or("shared"));
  if (!share) return std::unexpected(share.error());
  const auto hold = parse_hold(list.last("hold").value_or("0"));
  if (!hold) return std::unexpected(hold.error());
  return Options{.reader = list.last("reader"), .share = *share, .hold = *hold};
}

constexpr std::array kForms{
    CardForm{.text = "pcsc[:reader=NAME]",
             .meaning = "a real card in the reader with this name (* and ? match), or in\n"
                        "the first one; also ,share=exclusive and ,hold=SECONDS"}};
constexpr std::array<std::string_view, 3> kKeys{"reader", "share", "hold"};

}  // namespace

constinit const Kind kPcsc{.name = "pcsc",
                           .stem = "pcsc",
                           .forms = kForms,
                           .keys = kKeys,
                           .parse = parse,
                           // libpcsclite connects to a socket
                           .access = [](const CardSpec&) { return chardev::Access{}; },
                           .presence = Kind::Presence::WhenInserted};

}  // namespace vscard::cards::pcsc
