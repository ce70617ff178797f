#include "chardev/vnc/vencrypt.hpp"

#include "chardev/tls/party.hpp"

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

/// Nothing: it has closed.
Awaitable<std::vector<std::uint8_t>> hear(Stream& stream, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  if (co_await read_exactly(stream, bytes)) bytes.clear();
  co_return bytes;
}

bool has(const std::vector<std::uint8_t>& types, Security type) {
  return std::ranges::find(types, static_cast<std::uint8_t>(type)) != types.end();
}

/// Both speak 3.8; gives the security types of the server, which there may be none of.
Awaitable<Result<std::vector<std::uint8_t>>> begin(Stream& client, Stream& server) {
  const std::vector<std::uint8_t> ours(kVersion.begin(), kVersion.end());
  const auto version = co_await hear(server, kVersionSize);
  if (version.empty() || !has_38(version)) co_return Failed(kNoServer);
  if (co_await server.write(ours) || co_await client.write(ours)) co_return Failed("");
  const auto theirs = co_await hear(client, kVersionSize);
  if (theirs.empty()) co_return Failed("");
  if (!is_38(theirs)) co_return Failed(kNotEncrypted);
  const auto count = co_await hear(server, 1);
  if (count.empty()) co_return Failed(kNoServer);
  co_return co_await hear(server, count[0]);
}

/// Of what the server has, as VeNCrypt's answer to a version that it knows.
std::vector<std::uint8_t> encode_subtypes(const std::vector<std::uint8_t>& types) {
  std::vector<std::uint8_t> bytes{kVeNCryptOk, 0};
  for (const Security login : {Security::None, Security::VncPassword}) {
    if (!has(types, login)) continue;
    protocol::ByteWriter(bytes).u32_be(static_cast<std::uint32_t>(subtype_of(login)));
    ++bytes[1];
  }
  return bytes;
}

/// The login that the client chooses of those that the server has.
Awaitable<Result<Security>> choose(Stream& client, std::vector<std::uint8_t> types) {
  const auto subtypes = encode_subtypes(types);
  if (subtypes[1] == 0) co_return Failed(kNoCommonLogin);
  if (co_await client.write(kOnlyVeNCrypt)) co_return Failed("");
  const auto type = co_await hear(client, 1);
  if (!has(type, Security::VeNCrypt)) co_return Failed(kNotEncrypted);
  if (co_await client.write(kVeNCryptVersion)) co_return Failed("");
  const auto version = co_await hear(client, kVeNCryptVersion.size());
  if (!std::ranges::equal(version, kVeNCryptVersion)) co_return Failed(kNotEncrypted);
  if (co_await client.write(subtypes)) co_return Failed("");
  const auto login = login_of(co_await hear(client, kSubtypeSize));
  if (!login || !has(types, *login)) co_return Failed(kNotEncrypted);
  if (co_await client.write(kTlsBegins)) co_return Failed("");
  co_return *login;
}

}  // namespace

Awaitable<Result<Encrypted>> begin_encryption(std::unique_ptr<Stream> client, Stream& server,
                                              tls::Keys keys) {
  auto types = co_await begin(*client, server);
  if (!types) co_return Failed(types.error());
  const auto login = co_await choose(*client, std::move(*types));
  if (!login) co_return Failed(login.error());
  auto encrypted = co_await tls::accept_tls13(std::move(client), std::move(keys));
  if (!encrypted) co_return Failed(encrypted.error());
  const std::array choice{static_cast<std::uint8_t>(*login)};
  if (co_await server.write(choice)) co_return Failed("");
  co_return Encrypted{.client = std::move(*encrypted), .login = *login};
}

}  // namespace vscard::chardev::vnc
