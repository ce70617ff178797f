#include "async/sleep.hpp"
#include "chardev/descriptor_stream.hpp"
#include "chardev/terminal.hpp"
#include "chardev/transport.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace vscard::chardev {
namespace {

/// Between two looks for somebody at the other end: no event tells.
constexpr std::chrono::milliseconds kLook{200};

/// A port of virtio-serial, as long as the host has nobody there.
bool hung_up(int device) {
  pollfd look{.fd = device, .events = 0, .revents = 0};
  return ::poll(&look, 1, 0) == 1 && (look.revents & POLLHUP) != 0;
}

bool is_device(int file) {
  struct stat found{};
  return ::fstat(file, &found) == 0 && S_ISCHR(found.st_mode);
}

Result<> check(const Address& address) {
  if (address.location.empty()) return std::unexpected("serial: needs a device");
  if (const auto unknown = address.keys.other_than({})) {
    return std::unexpected("serial: has no key '" + *unknown + "'");
  }
  return {};
}

bool reachable_unencrypted(const Address& /*address*/) { return false; }

Awaitable<Connected> connect(asio::any_io_executor executor, Address address) {
  using Remedy = ConnectError::Remedy;
  constexpr int kFlags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  Descriptor device(::open(address.location.c_str(), kFlags));
  if (device.number() < 0) {
    const auto remedy = errno == EACCES ? Remedy::GiveUp : Remedy::TryAgain;
    co_return std::unexpected(ConnectError{std::system_category().message(errno), remedy});
  }
  if (!is_device(device.number())) {
    co_return std::unexpected(ConnectError{"it is not a character device", Remedy::GiveUp});
  }
  make_raw(device.number());  // a port of virtio-serial is so from the start
  while (hung_up(device.number())) co_await async::sleep(kLook);
  co_return std::make_unique<DescriptorStream>(executor, std::move(device), address.text());
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor /*executor*/,
                                         const Address& /*address*/) {
  return std::unexpected("nobody connects to it");
}

}  // namespace

const Transport kSerial{.scheme = "serial",
                        .check = check,
                        .reachable_unencrypted = reachable_unencrypted,
                        .connector = plain_connector<connect>,
                        .listen = listen,
                        .only = Endpoint::Mode::Connect};

}  // namespace vscard::chardev
