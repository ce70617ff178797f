#include "cards/vpcd/kind.hpp"

#include "cards/vpcd/options.hpp"
#include "chardev/transports.hpp"

#include <array>
#include <string>

namespace vscard::cards::vpcd {
namespace {

Result<chardev::Endpoint> endpoint_in(const chardev::KeyList& list) {
  auto endpoint = chardev::parse_endpoint(list.head.empty() ? kDefaultEndpoint : list.head);
  if (!endpoint) return endpoint;
  for (const auto& key : list.keys) {
    if (key.first != "name") endpoint->address.keys.keys.push_back(key);
  }
  return endpoint;
}

Result<std::any> parse(const chardev::KeyList& list) {
  auto endpoint = endpoint_in(list);
  if (!endpoint) return std::unexpected(endpoint.error().about("--card vpcd"));
  const auto transport = chardev::find_transport(chardev::peer_transports(), *endpoint);
  if (!transport) return std::unexpected(transport.error().about("--card vpcd"));
  return Options{.endpoint = std::move(*endpoint), .transport = *transport};
}

chardev::Access access(const CardSpec& spec) {
  return chardev::access_of(options_of(spec).endpoint);
}

constexpr std::array kForms{
    CardForm{.text = "vpcd[:ENDPOINT]",
             .meaning = "a virtual card that speaks vpcd's protocol, as vicc does\n"
                        "(default: listen:tcp://127.0.0.1:35963)"}};

}  // namespace

constinit const Kind kVpcd{.name = "vpcd",
                           .stem = "vpcd",
                           .forms = kForms,
                           .parse = parse,
                           .access = access,
                           .syntax = Kind::Syntax::Address,
                           .presence = Kind::Presence::WhenInserted};

const chardev::Transport* transport_of(const CardSpec& spec) {
  return spec.kind == &kVpcd ? options_of(spec).transport : nullptr;
}

}  // namespace vscard::cards::vpcd
