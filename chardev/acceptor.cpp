#include "chardev/acceptor.hpp"

#include "async/error_as_value.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>

namespace vscard::chardev {
namespace {

/// Is it about one connection, and not about the listener? accept(2) gives the network's errors of
/// a connection that waited, too.
bool is_passing(int error) {
  constexpr std::array kPassing{EAGAIN,    EINTR,       ECONNABORTED, ECONNRESET, EPROTO,
                                EPERM,     ETIMEDOUT,   ENOPROTOOPT,  EOPNOTSUPP, ENETDOWN,
                                EHOSTDOWN, ENETUNREACH, EHOSTUNREACH, ENONET};
  return std::ranges::find(kPassing, error) != kPassing.end();
}

}  // namespace

Acceptor::Acceptor(const asio::any_io_executor& executor, Descriptor listening)
    : listening_(executor, listening.release()) {
  listening_.non_blocking(true);
}

Awaitable<std::expected<Descriptor, std::error_code>> Acceptor::accept() {
  while (true) {
    // Always: others have their turn between two of a flood of connections.
    const auto [failed] = co_await listening_.async_wait(asio::posix::descriptor_base::wait_read,
                                                         async::kErrorAsValue);
    if (failed) co_return std::unexpected(std::error_code(failed));
    const int socket = ::accept4(listening_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
    if (socket >= 0) co_return Descriptor(socket);
    if (!is_passing(errno)) {
      co_return std::unexpected(std::error_code(errno, std::system_category()));
    }
  }
}

void Acceptor::close() {
  boost::system::error_code ignored;  // closed is closed
  listening_.close(ignored);
}

}  // namespace vscard::chardev
