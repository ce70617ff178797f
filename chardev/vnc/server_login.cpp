#include "chardev/vnc/server_login.hpp"

#include "chardev/tls/unchecked.hpp"
#include "chardev/vnc/hear.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vscard::chardev::vnc {
namespace {

using Failed = std::unexpected<Failure>;
constexpr const char* kClosed = "the VNC server behind it has closed the connection";
constexpr const char* kRefused = "the VNC server behind it refuses a login that it has offered";
constexpr const char* kOtherVersion =
    "the VNC server behind it has VeNCrypt of another version than 0.2";

constexpr std::array kVeNCrypt{static_cast<std::uint8_t>(Security::VeNCrypt)};

/// The better ones first.
constexpr ServerLogin kInTls[] = {
    {.login = Security::None, .in_tls = Subtype::X509None},
    {.login = Security::None, .in_tls = Subtype::TlsNone},
    {.login = Security::VncPassword, .in_tls = Subtype::X509Vnc},
    {.login = Security::VncPassword, .in_tls = Subtype::TlsVnc},
};

bool has(const std::vector<std::uint8_t>& types, Security type) {
  return std::ranges::find(types, static_cast<std::uint8_t>(type)) != types.end();
}

bool has(Bytes subtypes, Subtype subtype) {
  protocol::ByteReader in(subtypes);
  while (in.remaining() >= kSubtypeSize) {
    if (in.u32_be() == static_cast<std::uint32_t>(subtype)) return true;
  }
  return false;
}

tls::Certificate certificate_of(Subtype subtype) {
  const bool anonymous = subtype == Subtype::TlsNone || subtype == Subtype::TlsVnc;
  return anonymous ? tls::Certificate::None : tls::Certificate::Any;
}

std::vector<ServerLogin> logins_without_tls(const std::vector<std::uint8_t>& types) {
  std::vector<ServerLogin> logins;
  for (const Security login : {Security::None, Security::VncPassword}) {
    if (has(types, login)) logins.push_back({.login = login});
  }
  return logins;
}

/// The subtypes that it has.
Awaitable<Result<std::vector<std::uint8_t>>> begin_vencrypt(Stream& server) {
  if (co_await server.write(kVeNCrypt)) co_return Failed(kClosed);
  const auto version = co_await hear(server, kVeNCryptVersion.size());
  if (version.empty()) co_return Failed(kClosed);
  if (!std::ranges::equal(version, kVeNCryptVersion)) co_return Failed(kOtherVersion);
  if (co_await server.write(kVeNCryptVersion)) co_return Failed(kClosed);
  const auto answer = co_await hear(server, 2);
  if (answer.empty()) co_return Failed(kClosed);
  if (answer[0] != kVeNCryptOk) co_return Failed(kOtherVersion);
  co_return co_await hear(server, answer[1] * kSubtypeSize);
}

Awaitable<Result<std::unique_ptr<Stream>>> begin_tls(std::unique_ptr<Stream> server,
                                                     Subtype subtype, tls::Keys keys) {
  std::vector<std::uint8_t> choice;
  protocol::ByteWriter(choice).u32_be(static_cast<std::uint32_t>(subtype));
  if (co_await server->write(choice)) co_return Failed(kClosed);
  const auto begins = co_await hear(*server, 1);
  if (begins.empty() || begins[0] != kVeNCryptBegins) co_return Failed(kRefused);
  const auto certificate = certificate_of(subtype);
  auto encrypted = co_await tls::connect_unchecked(std::move(server), std::move(keys), certificate);
  if (!encrypted) co_return Failed("the VNC server behind it: " + encrypted.error().text);
  co_return std::move(*encrypted);
}

}  // namespace

std::vector<ServerLogin> logins_in_tls(Bytes subtypes) {
  std::vector<ServerLogin> logins;
  for (const ServerLogin& login : kInTls) {
    const bool known = !logins.empty() && logins.back().login == login.login;
    if (!known && has(subtypes, *login.in_tls)) logins.push_back(login);
  }
  return logins;
}

Awaitable<Result<std::vector<ServerLogin>>> ask_logins(Stream& server) {
  const auto count = co_await hear(server, 1);
  if (count.empty()) co_return Failed(kClosed);
  const auto types = co_await hear(server, count[0]);
  auto logins = logins_without_tls(types);
  if (!logins.empty() || !has(types, Security::VeNCrypt)) co_return logins;
  const auto subtypes = co_await begin_vencrypt(server);
  if (!subtypes) co_return Failed(subtypes.error());
  co_return logins_in_tls(*subtypes);
}

Awaitable<Result<std::unique_ptr<Stream>>> begin_login(std::unique_ptr<Stream> server,
                                                       ServerLogin login, tls::Keys keys) {
  if (login.in_tls) co_return co_await begin_tls(std::move(server), *login.in_tls, std::move(keys));
  const std::array choice{static_cast<std::uint8_t>(login.login)};
  if (co_await server->write(choice)) co_return Failed(kClosed);
  co_return std::move(server);
}

}  // namespace vscard::chardev::vnc
