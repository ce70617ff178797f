#include "async/error_as_value.hpp"
#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "chardev/child.hpp"
#include "chardev/socket_stream.hpp"
#include "chardev/transport.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace vscard::chardev {
namespace {

using std::chrono::milliseconds;

/// Between the end of a command's output and its own.
constexpr milliseconds kUntilStatus{200};
/// What a command has to end by itself, when its input has ended.
constexpr milliseconds kUntilTerminated{500};
/// … and then, when it is asked to.
constexpr milliseconds kUntilKilled{500};

/// The status of a command, as a shell gives it.
class CommandStatus final : public std::error_category {
 public:
  const char* name() const noexcept override { return "command"; }
  std::string message(int status) const override {
    constexpr int kSignalled = 128;
    if (status > kSignalled) return "ended by signal " + std::to_string(status - kSignalled);
    return "ended with status " + std::to_string(status);
  }
};

const std::error_category& command_status() {
  static const CommandStatus category;
  return category;
}

/// Gives up waiting for its end at `limit`.
Awaitable<void> wait_for_end(asio::any_io_executor executor, const Child& command,
                             milliseconds limit) {
  asio::posix::stream_descriptor end(executor, ::fcntl(command.descriptor(), F_DUPFD_CLOEXEC, 0));
  const auto wait = [&end]() -> Awaitable<void> {
    co_await end.async_wait(asio::posix::descriptor_base::wait_read, async::kErrorAsValue);
  };
  auto waiting = async::first_of(wait(), async::sleep(limit));
  co_await std::move(waiting);
}

/// It has seen the end of its input. Its object kills it if that did not end it.
Awaitable<void> let_end(asio::any_io_executor executor, Child command) {
  co_await wait_for_end(executor, command, kUntilTerminated);
  command.signal(SIGTERM);
  co_await wait_for_end(executor, command, kUntilKilled);
}

/// The socket that is a command's standard input and output.
class CommandStream final : public Stream {
 public:
  CommandStream(asio::any_io_executor executor, Descriptor socket, Child command,
                std::string remote)
      : executor_(std::move(executor)),
        socket_(executor_, std::move(socket), std::move(remote)),
        command_(std::move(command)) {}
  ~CommandStream() override { close(); }

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override {
    const auto size = co_await socket_.read(into);
    if (size) co_return size;
    const std::error_code reason = co_await reason_of(size.error());
    co_return std::unexpected(reason);
  }
  Awaitable<std::error_code> write(protocol::Bytes bytes) override {
    const std::error_code error = co_await socket_.write(bytes);
    co_return co_await reason_of(error);
  }
  std::size_t write_now(protocol::Bytes bytes) override { return socket_.write_now(bytes); }
  bool finish() override { return socket_.finish(); }
  void close() final {
    socket_.close();
    if (command_) async::spawn(executor_, let_end(executor_, std::move(*command_)));
    command_.reset();
  }
  std::string remote() const override { return socket_.remote(); }

 private:
  /// A command that failed says more than the end of its socket.
  Awaitable<std::error_code> reason_of(std::error_code error) {
    if (!error || !closed_by_remote(error) || !command_) co_return error;
    co_await wait_for_end(executor_, *command_, kUntilStatus);
    const int status = command_ && command_->has_ended() ? command_->reap() : 0;
    co_return status == 0 ? error : std::error_code(status, command_status());
  }

  asio::any_io_executor executor_;
  SocketStream socket_;
  std::optional<Child> command_;  ///< until close()
};

/// In the child.
Result<> use_socket(int socket) {
  // Asio's sockets would be the command's, too. A kernel before 5.11 cannot help it.
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  if (::dup2(socket, STDIN_FILENO) >= 0 && ::dup2(socket, STDOUT_FILENO) >= 0) return {};
  return std::unexpected(std::system_category().message(errno));
}

std::expected<Child, ChildError> start(const std::string& command, int socket) {
  return Child::start({.command = {"/bin/sh", "-c", command},
                       .environment = {},
                       .terminal = ChildOptions::Terminal::Shared,
                       .end = ChildOptions::End::WithObject,
                       .prepare = [socket] { return use_socket(socket); }});
}

Result<> check(const Address& address) {
  if (address.location.empty()) return std::unexpected("exec: needs a command");
  if (const auto unknown = address.keys.other_than({})) {
    return std::unexpected("exec: has no key '" + *unknown +
                           "' (a comma that belongs to the command is doubled)");
  }
  return {};
}

bool reachable_unencrypted(const Address& /*address*/) { return false; }

Awaitable<Connected> connect(asio::any_io_executor executor, Address address) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    co_return std::unexpected(ConnectError{.text = std::system_category().message(errno)});
  }
  Descriptor ours(ends[0]);
  const Descriptor theirs(ends[1]);
  auto command = start(address.location, theirs.number());
  if (!command) co_return std::unexpected(ConnectError{.text = command.error().text});
  co_return std::make_unique<CommandStream>(executor, std::move(ours), std::move(*command),
                                            address.text());
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor /*executor*/,
                                         const Address& /*address*/) {
  return std::unexpected("nobody connects to it");
}

}  // namespace

const Transport kExec{.scheme = "exec",
                      .check = check,
                      .reachable_unencrypted = reachable_unencrypted,
                      .connector = plain_connector<connect>,
                      .listen = listen,
                      .only = Endpoint::Mode::Connect};

}  // namespace vscard::chardev
