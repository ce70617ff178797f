#pragma once

#include "chardev/spice/channel_session.hpp"
#include "chardev/spice/server_spec.hpp"
#include "chardev/transport.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vscard::chardev::spice {

/// What a client wants of a server: one of the channels of a kind, as a byte stream.
struct Service {
  const ChannelKind& kind;
  FirstWord first_word;
  std::function<std::unique_ptr<Translator>()> translator;
  // Lines for the user.
  std::string missing;    ///< there is no such channel
  std::string taken;      ///< there is none that others do not have
  std::string port = {};  ///< its name, if it is one
};
/// The last is what a client needs. Those before it are better where the server lists such
/// channels; the first that there is counts.
using Services = std::vector<Service>;

/// The error gives up if the server will not have such a channel.
std::unique_ptr<Connector> make_connector(asio::any_io_executor executor, Address address,
                                          Services services);

bool reachable_unencrypted(const Address& address);
std::string encrypted_address(const Address& address);
Result<std::unique_ptr<Listener>> refuse_to_listen(asio::any_io_executor executor,
                                                   const Address& address);

/// The transport of a scheme that ServerReader knows, for what its addresses mean to a program.
template <Services (*services_of)(const Address&)>
constexpr Transport transport(std::string_view scheme) {
  constexpr auto connector = [](asio::any_io_executor executor, Address address) {
    auto services = services_of(address);
    return make_connector(std::move(executor), std::move(address), std::move(services));
  };
  return {.scheme = scheme,
          .check = check,
          .reachable_unencrypted = reachable_unencrypted,
          .connector = connector,
          .listen = refuse_to_listen,
          .only = Endpoint::Mode::Connect,
          .encrypted = encrypted_address};
}

}  // namespace vscard::chardev::spice
