#include "chardev/absent_transport.hpp"

namespace vscard::chardev {
namespace {

std::string lacks(const Address& address) {
  const char* const option = address.scheme.starts_with("nats") ? "VSCARD_NATS" : "VSCARD_SPICE";
  return "this build has no " + address.scheme + ": it was configured with " + option + "=OFF";
}

Result<> check(const Address& address) { return std::unexpected(Failure{lacks(address)}); }

bool reachable_unencrypted(const Address& /*address*/) { return false; }

Awaitable<Connected> connect(asio::any_io_executor /*executor*/, Address address) {
  co_return std::unexpected(
      ConnectError{.text = lacks(address), .remedy = ConnectError::Remedy::GiveUp});
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor /*executor*/,
                                         const Address& address) {
  return std::unexpected(Failure{lacks(address)});
}

}  // namespace

Transport absent_transport(std::string_view scheme) {
  return {.scheme = scheme,
          .check = check,
          .reachable_unencrypted = reachable_unencrypted,
          .connector = plain_connector<connect>,
          .listen = listen,
          .absent = true};
}

}  // namespace vscard::chardev
