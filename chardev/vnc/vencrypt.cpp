#include "chardev/vnc/vencrypt.hpp"

#include "chardev/tls/party.hpp"
#include "chardev/vnc/hear.hpp"
#include "chardev/vnc/server_login.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace vscard::chardev::vnc {
namespace {

using Failed = std::unexpected<Failure>;
constexpr const char* kNoCommonLogin =
    "the VNC server behind it has neither a VNC password nor no login at all";
constexpr const char* kNoServer = "the VNC server behind it does not speak RFB 3.8";
constexpr const char* kNotEncrypted = "it does not know VeNCrypt with a certificate";

constexpr std::array kOnlyVeNCrypt{std::uint8_t{1}, static_cast<std::uint8_t>(Security::VeNCrypt)};
constexpr std::array kTlsBegins{kVeNCryptBegins};

/// Both speak 3.8.
Awaitable<Result<>> exchange_versions(Stream& client, Stream& server) {
  const std::vector<std::uint8_t> ours(kVersion.begin(), kVersion.end());
  const auto version = co_await hear(server, kVersionSize);
  if (version.empty() || !has_38(version)) co_return Failed(kNoServer);
  if (co_await server.write(ours) || co_await client.write(ours)) co_return Failed("");
  const auto theirs = co_await hear(client, kVersionSize);
  if (theirs.empty()) co_return Failed("");
  if (!is_38(theirs)) co_return Failed(kNotEncrypted);
  co_return Result<>();
}

/// Of what the server has, as VeNCrypt's answer to a version that it knows.
std::vector<std::uint8_t> encode_subtypes(const std::vector<ServerLogin>& logins) {
  std::vector<std::uint8_t> bytes{kVeNCryptOk, static_cast<std::uint8_t>(logins.size())};
  protocol::ByteWriter out(bytes);
  for (const ServerLogin& it : logins) out.u32_be(static_cast<std::uint32_t>(subtype_of(it.login)));
  return bytes;
}

/// The login that the client chooses of those that the server has.
Awaitable<Result<ServerLogin>> choose(Stream& client, std::vector<ServerLogin> logins) {
  if (logins.empty()) co_return Failed(kNoCommonLogin);
  if (co_await client.write(kOnlyVeNCrypt)) co_return Failed("");
  const auto type = co_await hear(client, 1);
  if (type.empty() || type[0] != kOnlyVeNCrypt.back()) co_return Failed(kNotEncrypted);
  if (co_await client.write(kVeNCryptVersion)) co_return Failed("");
  const auto version = co_await hear(client, kVeNCryptVersion.size());
  if (!std::ranges::equal(version, kVeNCryptVersion)) co_return Failed(kNotEncrypted);
  const auto subtypes = encode_subtypes(logins);
  if (co_await client.write(subtypes)) co_return Failed("");
  const auto login = login_of(co_await hear(client, kSubtypeSize));
  const auto chosen = std::ranges::find(logins, login, &ServerLogin::login);
  if (chosen == logins.end()) co_return Failed(kNotEncrypted);
  if (co_await client.write(kTlsBegins)) co_return Failed("");
  co_return *chosen;
}

}  // namespace

Awaitable<Result<Encrypted>> begin_encryption(std::unique_ptr<Stream> client,
                                              std::unique_ptr<Stream> server, tls::Keys keys) {
  if (const auto spoken = co_await exchange_versions(*client, *server); !spoken) {
    co_return Failed(spoken.error());
  }
  auto logins = co_await ask_logins(*server);
  if (!logins) co_return Failed(logins.error());
  const auto login = co_await choose(*client, std::move(*logins));
  if (!login) co_return Failed(login.error());
  auto encrypted = co_await tls::accept_tls13(std::move(client), keys);
  if (!encrypted) co_return Failed(encrypted.error());
  auto begun = co_await begin_login(std::move(server), *login, std::move(keys));
  if (!begun) co_return Failed(begun.error());
  co_return Encrypted{
      .client = std::move(*encrypted), .server = std::move(*begun), .login = login->login};
}

}  // namespace vscard::chardev::vnc
