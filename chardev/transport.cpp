#include "chardev/transport.hpp"

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
  static constexpr std::array<const Transport*, 2> kStandard{&kTcp, &kUnix};
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

}  // namespace vscard::chardev
