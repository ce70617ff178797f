#include "chardev/endpoint.hpp"

#include "chardev/number.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace vscard::chardev {
namespace {

constexpr std::string_view kListen = "listen:";
constexpr std::string_view kConnect = "connect:";
/// Nobody connects, and nobody listens: it needs no word for that.
constexpr std::string_view kStdio = "stdio:";
/// Of these the location is a file, a command, a name, whatever it looks like.
constexpr std::array<std::string_view, 4> kLocal{"exec", "fd", "pty", "serial"};

}  // namespace

std::string Address::text() const {
  const std::string_view authority =
      std::string_view(location).substr(0, location.find_first_of("/+"));
  const bool is_local = scheme.ends_with("unix") || std::ranges::count(kLocal, scheme) > 0 ||
                        !parse_host_port(authority);
  return scheme + (is_local ? ":" : "://") + location;
}

Result<Address> parse_address(std::string_view text) {
  auto list = parse_key_list(text);
  if (!list) return std::unexpected(list.error());
  const std::size_t colon = list->head.find(':');
  if (colon == 0 || colon == std::string::npos) {
    return std::unexpected("'" + std::string(text) +
                           "' is not an address; expected for example tcp://127.0.0.1:2001 or "
                           "unix:/run/vscard.sock");
  }
  std::string_view location = std::string_view(list->head).substr(colon + 1);
  if (location.starts_with("//")) location.remove_prefix(2);
  Address address{.scheme = list->head.substr(0, colon),
                  .location = std::string(location),
                  .keys = {.head = "", .keys = std::move(list->keys)}};
  return address;
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  Endpoint endpoint;
  if (text.starts_with(kListen)) {
    endpoint.mode = Endpoint::Mode::Listen;
    text.remove_prefix(kListen.size());
  } else if (text.starts_with(kConnect)) {
    endpoint.mode = Endpoint::Mode::Connect;
    text.remove_prefix(kConnect.size());
  } else if (!text.starts_with(kStdio)) {
    return std::unexpected("'" + std::string(text) +
                           "' is not an endpoint; expected listen:ADDRESS or connect:ADDRESS, for "
                           "example connect:tcp://127.0.0.1:2001");
  }
  auto address = parse_address(text);
  if (!address) return std::unexpected(address.error());
  endpoint.address = std::move(*address);
  return endpoint;
}

bool HostPort::loopback() const {
  boost::system::error_code unreadable;
  const auto address = boost::asio::ip::make_address(host, unreadable);
  return host == "localhost" || (!unreadable && address.is_loopback());
}

Result<HostPort> parse_host_port(std::string_view location) {
  const std::size_t colon = location.rfind(':');
  const auto wrong = [location] {
    return std::unexpected("'" + std::string(location) +
                           "' is not HOST:PORT (an IPv6 address stands in brackets: [::1]:2001)");
  };
  if (colon == std::string_view::npos ||
      !parse_number<unsigned>(location.substr(colon + 1), 0, 65535))
    return wrong();
  std::string_view host = location.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return wrong();
  }
  if (host.empty()) return wrong();
  return HostPort{std::string(host), std::string(location.substr(colon + 1))};
}

}  // namespace vscard::chardev
