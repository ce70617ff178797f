#include "session/exposure.hpp"

#include <string>

namespace vscard::session {
namespace {

using Mode = chardev::Endpoint::Mode;

/// For the plain stream that ssh carries.
std::string over_ssh(const chardev::Endpoint& endpoint) {
  const auto target = chardev::parse_host_port(endpoint.address.location);
  if (endpoint.address.scheme != chardev::kTcp.scheme || !target) return "";
  const std::string ssh = "connect:exec:ssh -W localhost:" + target->port + " ";
  if (endpoint.mode == Mode::Connect) return ", or '" + ssh + target->host + "'";
  return ", or listen on 127.0.0.1 and let the other side '" + ssh + "HOST'";
}

/// Of the ways of TLS the one that needs nothing made before.
std::string with_pairing(Mode mode, const std::string& encrypted) {
  if (mode == Mode::Listen) {
    return "listen:" + encrypted + ",pair=DIR, which shows a code for 'vscclient pair'";
  }
  return "connect:" + encrypted + ",pair=DIR after 'vscclient pair " + encrypted + "'";
}

}  // namespace

Result<> check_exposure(const chardev::Endpoint& endpoint, const chardev::Transport& transport,
                        std::string_view waiver) {
  const chardev::Address& address = endpoint.address;
  if (!transport.reachable_unencrypted(address)) return {};
  const bool listens = endpoint.mode == Mode::Listen;
  std::string text = listens ? "will not listen on " : "will not connect to ";
  text += address.text() + ": PINs would go unencrypted";
  if (listens) text += ", and anyone who can reach it can use the card";
  text += "; use ";
  if (transport.encrypted != nullptr) {
    text += with_pairing(endpoint.mode, transport.encrypted(address));
  } else {
    text += listens ? "a UNIX socket" : "an encrypted connection";
  }
  return std::unexpected(text + over_ssh(endpoint) + ", or " + std::string(waiver));
}

}  // namespace vscard::session
