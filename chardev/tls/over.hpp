#pragma once

#include "chardev/tls/keys.hpp"
#include "chardev/transport.hpp"

#include <memory>
#include <string>

/// TLS 1.3 over what another transport carries: each side shows who it is as the keys of the
/// address say, by a certificate, a key that both have, or a pairing.
namespace vscard::chardev::tls {

/// Streams over those of `carrier`, with the server at `target` (target.hpp).
std::unique_ptr<Connector> connector_over(std::unique_ptr<Connector> carrier, Keys keys,
                                          std::string target);
/// … as the server, whose files were checked (party.hpp). The error is a line for the user.
Result<std::unique_ptr<Listener>> listen_over(const asio::any_io_executor& executor,
                                              std::unique_ptr<Listener> carrier, const Keys& keys);

}  // namespace vscard::chardev::tls
