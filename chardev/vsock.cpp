#include "chardev/number.hpp"
#include "chardev/socket_listener.hpp"
#include "chardev/socket_stream.hpp"
#include "chardev/transport.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <linux/vm_sockets.h>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace vscard::chardev {
namespace {

constexpr const char* kNoVsock =
    "this kernel has no vsock: modprobe vsock_loopback, vhost_vsock on a host of guests, or "
    "vmw_vsock_virtio_transport in a guest";

struct Name {
  std::string_view name;
  std::uint32_t cid;
};
constexpr std::array kNames{Name{"any", VMADDR_CID_ANY}, Name{"local", VMADDR_CID_LOCAL},
                            Name{"host", VMADDR_CID_HOST}};

std::optional<std::uint32_t> parse_u32(std::string_view text) {
  return parse_number<std::uint32_t>(text, 0, std::numeric_limits<std::uint32_t>::max());
}

/// vsock(7)
Result<sockaddr_vm> parse(const std::string& location) {
  const std::size_t colon = location.find(':');
  const std::string cid_text = location.substr(0, colon);
  const auto* named = std::ranges::find(kNames, cid_text, &Name::name);
  const auto cid = named == kNames.end() ? parse_u32(cid_text) : named->cid;
  const auto port =
      colon == std::string::npos ? std::nullopt : parse_u32(location.substr(colon + 1));
  if (!cid || !port) {
    return std::unexpected("'" + location +
                           "' is not CID:PORT, two numbers; a CID may be local, host or any");
  }
  sockaddr_vm name{};
  name.svm_family = AF_VSOCK;
  name.svm_cid = *cid;
  name.svm_port = *port;
  return name;
}

const sockaddr* generic(const sockaddr_vm& name) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&name));
}

std::string text_of(int error) {
  if (error == EAFNOSUPPORT) return kNoVsock;
  if (error == ECONNRESET) return "nobody listens there";
  if (error == ENODEV) return "there is no machine of this CID";
  return std::system_category().message(error);
}

Result<> check(const Address& address) {
  if (const auto unknown = address.keys.other_than({})) {
    return std::unexpected("vsock:// has no key '" + *unknown + "'");
  }
  const auto parsed = parse(address.location);
  if (!parsed) return std::unexpected(parsed.error());
  return {};
}

/// It leaves no machine: a host and its guests.
bool reachable_unencrypted(const Address& /*address*/) { return false; }

Awaitable<Connected> connect(asio::any_io_executor executor, Address address) {
  using Remedy = ConnectError::Remedy;
  const auto name = parse(address.location);
  if (!name) co_return std::unexpected(ConnectError{name.error().text, Remedy::GiveUp});
  const SocketStream::Socket::endpoint_type endpoint(generic(*name), sizeof *name);
  auto stream = co_await SocketStream::connect(executor, endpoint, address.text());
  if (stream) co_return std::move(*stream);
  const int error = stream.error().value();
  co_return std::unexpected(
      ConnectError{text_of(error), error == EAFNOSUPPORT ? Remedy::GiveUp : Remedy::TryAgain});
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  const auto name = parse(address.location);
  if (!name) return std::unexpected(name.error());
  Descriptor socket(::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.number() < 0 || ::bind(socket.number(), generic(*name), sizeof *name) != 0 ||
      ::listen(socket.number(), SOMAXCONN) != 0) {
    return std::unexpected(text_of(errno));
  }
  auto listener = local_listener(executor, std::move(socket), address.text());
  return stream_listener(std::move(executor), std::move(listener));
}

}  // namespace

const Transport kVsock{.scheme = "vsock",
                       .check = check,
                       .reachable_unencrypted = reachable_unencrypted,
                       .connector = plain_connector<connect>,
                       .listen = listen};

}  // namespace vscard::chardev
