#include "chardev/transport.hpp"

#include "chardev/stdio.hpp"

#include <algorithm>
#include <array>

namespace vscard::chardev {
namespace {

class PlainConnector final : public Connector {
 public:
  PlainConnector(asio::any_io_executor executor, Address address, Connect function)
      : executor_(std::move(executor)), address_(std::move(address)), connect_(function) {}

  Awaitable<Connected> connect() override { return connect_(executor_, address_); }

 private:
  asio::any_io_executor executor_;
  Address address_;
  Connect connect_;
};

/// Whatever the address is, that is what is wrong.
Result<> check_mode(const Transport& transport, Endpoint::Mode mode) {
  if (transport.only.value_or(mode) == mode) return {};
  const std::string scheme(transport.scheme);
  if (mode == Endpoint::Mode::Connect) {
    return std::unexpected(scheme + " can only listen: write listen: in place of connect:");
  }
  if (!scheme.starts_with("spice")) {
    return std::unexpected(scheme + " can only connect: write connect: in place of listen:");
  }
  return std::unexpected(scheme +
                         " can only connect, to a SPICE server: write connect: in place of "
                         "listen:; SPICE viewers connect to ccid-passthru, with "
                         "listen:spicevmc://HOST:PORT");
}

}  // namespace

std::unique_ptr<Connector> make_plain_connector(asio::any_io_executor executor, Address address,
                                                Connect connect) {
  return std::make_unique<PlainConnector>(std::move(executor), std::move(address), connect);
}

Awaitable<Connected> connect_once(const Transport& transport, asio::any_io_executor executor,
                                  Address address) {
  const auto connector = transport.connector(std::move(executor), std::move(address));
  co_return co_await connector->connect();
}

std::span<const Transport* const> standard_transports() {
  static constexpr std::array kStandard{&kTcp, &kUnix, &kVsock,  &kExec,
                                        &kFd,  &kPty,  &kSerial, &kStdio};
  return kStandard;
}

Result<const Transport*> find_transport(std::span<const Transport* const> transports,
                                        const Address& address) {
  std::string known;
  for (const Transport* transport : transports) {
    if (transport->scheme == address.scheme) {
      const auto checked = transport->check(address);
      if (!checked) return std::unexpected(checked.error());
      return transport;
    }
    if (!transport->absent) known += (known.empty() ? "" : ", ") + std::string(transport->scheme);
  }
  return std::unexpected("'" + address.scheme + "' is not a transport; there are: " + known);
}

Result<const Transport*> find_transport(std::span<const Transport* const> transports,
                                        const Endpoint& endpoint) {
  const auto found = std::ranges::find(transports, endpoint.address.scheme, &Transport::scheme);
  if (found != transports.end()) {
    const auto fits = check_mode(**found, endpoint.mode);
    if (!fits) return std::unexpected(fits.error());
  }
  return find_transport(transports, endpoint.address);
}

}  // namespace vscard::chardev
