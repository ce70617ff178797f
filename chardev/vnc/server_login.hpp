#pragma once

#include "chardev/stream.hpp"
#include "chardev/tls/keys.hpp"
#include "chardev/vnc/message.hpp"

#include <memory>
#include <optional>
#include <vector>

/// The login at a VNC server on behalf of a tunnel's client, up to where it is as without TLS.
namespace vscard::chardev::vnc {

/// A login that a server has, and where.
struct ServerLogin {
  Security login;
  std::optional<Subtype> in_tls = {};  ///< nothing: without TLS
  bool operator==(const ServerLogin&) const = default;
};

/// The logins of what VeNCrypt has, each once, with a certificate where there is one.
std::vector<ServerLogin> logins_in_tls(Bytes subtypes);

/// After the versions: the logins that the server has without TLS, or else inside it. There may be
/// none. The error is for log lines.
Awaitable<Result<std::vector<ServerLogin>>> ask_logins(Stream& server);

/// Begins one of them; gives the stream on which it goes on. Who the server is, is not looked at:
/// it is next to the tunnel. If it wants to know who the tunnel is, that has the certificate of
/// `keys`.
Awaitable<Result<std::unique_ptr<Stream>>> begin_login(std::unique_ptr<Stream> server,
                                                       ServerLogin login, tls::Keys keys);

}  // namespace vscard::chardev::vnc
