#include "chardev/tls/tls.hpp"

#include "chardev/tls/pairing/listener.hpp"
#include "chardev/tls/pairing/party.hpp"
#include "chardev/tls/party.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::tls {
namespace {

Address tcp_of(const Address& address) {
  return {.scheme = "tcp", .location = address.location, .keys = {}};
}

Result<> check(const Address& address) {
  for (const auto& [key, value] : address.keys.keys) {
    if (std::ranges::find(kKeyNames, key) != kKeyNames.end()) continue;
    return std::unexpected("tls:// has no key '" + key +
                           "'; there are cert, key, ca, name, peer, psk and pair");
  }
  if (const auto keys = parse_keys(address.keys); !keys) return std::unexpected(keys.error());
  return kTcp.check(tcp_of(address));
}

bool reachable_unencrypted(const Address& /*address*/) { return false; }

/// Once it has worked, what keeps it from working may pass: certificates are exchanged.
class TlsConnector final : public Connector {
 public:
  TlsConnector(asio::any_io_executor executor, Address address)
      : executor_(std::move(executor)), address_(std::move(address)) {}

  Awaitable<Connected> connect() override {
    auto keys = parse_keys(address_.keys);
    const auto target = parse_host_port(address_.location);
    if (!keys || !target) co_return std::unexpected(ConnectError{.text = "not an address of TLS"});
    auto stream = co_await connect_with(std::move(*keys), target->host);
    if (stream) worked_ = true;
    if (!stream && worked_) stream.error().remedy = ConnectError::Remedy::TryAgain;
    co_return stream;
  }

 private:
  Awaitable<Connected> connect_with(Keys keys, std::string host) {
    const bool paired = !keys.pair.empty();
    if (paired) {
      if (const auto known = pairing::check_paired(keys, address_.location); !known) {
        co_return std::unexpected(
            ConnectError{.text = known.error().text, .remedy = ConnectError::Remedy::GiveUp});
      }
    }
    auto carrier = co_await connect_once(kTcp, executor_, tcp_of(address_));
    if (!carrier) co_return carrier;
    if (!paired) co_return co_await connect_tls13(std::move(*carrier), std::move(keys), host);
    co_return co_await pairing::connect_paired(std::move(*carrier), std::move(keys),
                                               address_.location);
  }

  asio::any_io_executor executor_;
  Address address_;
  bool worked_ = false;
};

std::unique_ptr<Connector> connector(asio::any_io_executor executor, Address address) {
  return std::make_unique<TlsConnector>(std::move(executor), std::move(address));
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  const auto keys = parse_keys(address.keys);
  if (!keys) return std::unexpected(keys.error());
  if (const auto enough = check_listener(*keys); !enough) return std::unexpected(enough.error());
  if (!names_clients(*keys) && kTcp.reachable_unencrypted(tcp_of(address))) {
    return std::unexpected(
        "anyone who can reach it could connect: give ca=FILE, whose certificates clients need, "
        "psk=FILE or pair=DIR");
  }
  if (!keys->pair.empty()) {
    auto carrier = kTcp.listen(executor, tcp_of(address));
    if (!carrier) return carrier;
    return pairing::listen_paired(executor, std::move(*carrier), *keys);
  }
  if (const auto usable = check_server_files(*keys); !usable) {
    return std::unexpected(usable.error());
  }
  auto carrier = kTcp.listen(executor, tcp_of(address));
  if (!carrier) return carrier;
  const auto handshake = [keys = *keys](std::unique_ptr<Stream> stream) {
    return accept_tls13(std::move(stream), keys);
  };
  return handshake_listener(executor, std::move(*carrier), handshake, address.scheme);
}

}  // namespace

const Transport kTls{.scheme = "tls",
                     .check = check,
                     .reachable_unencrypted = reachable_unencrypted,
                     .connector = connector,
                     .listen = listen};

}  // namespace vscard::chardev::tls
