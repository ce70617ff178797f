#include "chardev/acceptor.hpp"
#include "chardev/number.hpp"
#include "chardev/socket_file.hpp"
#include "chardev/socket_listener.hpp"
#include "chardev/socket_stream.hpp"
#include "chardev/transport.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <cerrno>
#include <filesystem>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace vscard::chardev {
namespace {

using Protocol = asio::local::stream_protocol;

bool is_abstract(const Address& address) { return address.location.starts_with('@'); }

Protocol::endpoint endpoint_of(const Address& address) {
  std::string path = address.location;
  if (is_abstract(address)) path.front() = '\0';
  return {path};
}

Result<mode_t> mode_of(const Address& address) {
  const auto text = address.keys.last("mode");
  if (!text) return SocketAccess{}.mode;
  const auto mode = parse_number<mode_t>(*text, 0, kAccessMode, 8);
  if (mode) return *mode;
  return std::unexpected("mode=" + *text + " is not a file mode; expected for example 0660");
}

/// Whoever reads of it may be in another folder.
Address from_root(Address address) {
  std::error_code unknown;
  const auto path = std::filesystem::absolute(address.location, unknown);
  if (!is_abstract(address) && !unknown) address.location = path;
  return address;
}

class UnixListener final : public SocketListener {
 public:
  UnixListener(const asio::any_io_executor& executor, Descriptor listening, Address address,
               SocketFile file)
      : acceptor_(executor, std::move(listening)),
        address_(from_root(std::move(address))),
        file_(std::move(file)) {}

  Awaitable<std::expected<Accepted, std::error_code>> accept() override {
    auto socket = co_await acceptor_.accept();
    if (!socket) co_return std::unexpected(socket.error());
    co_return Accepted{std::move(*socket), address_.text()};
  }
  void close() override {
    acceptor_.close();
    file_.remove();
  }
  std::string address() const override { return address_.text(); }

 private:
  Acceptor acceptor_;
  Address address_;
  SocketFile file_;
};

bool nobody_listens(const asio::any_io_executor& executor, const Address& address) {
  Protocol::socket probe(executor);
  boost::system::error_code error;
  probe.connect(endpoint_of(address), error);
  return error == boost::system::errc::connection_refused;
}

Result<SocketFile> prepare_file(const asio::any_io_executor& executor, const Address& address) {
  if (is_abstract(address)) return SocketFile();
  auto file = SocketFile::at(address.location);
  if (file) file->remove_stale([&] { return nobody_listens(executor, address); });
  return file;
}

Result<> check(const Address& address) {
  if (const auto unknown = address.keys.other_than({"mode", "user", "group"})) {
    return std::unexpected("unix: has no key '" + *unknown + "'; there are mode, user and group");
  }
  if (address.location.empty()) return std::unexpected("unix: needs a path");
  if (is_abstract(address) && address.keys.other_than({})) {
    return std::unexpected(
        "unix:@NAME takes no mode, user and group: every local user can connect");
  }
  if (address.location.size() >= sizeof(sockaddr_un::sun_path)) {
    return std::unexpected("the path of a UNIX socket has at most 107 bytes: " + address.location);
  }
  const auto mode = mode_of(address);
  if (!mode) return std::unexpected(mode.error());
  return {};
}

bool reachable_unencrypted(const Address& /*address*/) { return false; }

Awaitable<Connected> connect(asio::any_io_executor executor, Address address) {
  auto stream = co_await SocketStream::connect(executor, endpoint_of(address), address.text());
  if (stream) co_return std::move(*stream);
  const bool denied = stream.error() == std::errc::permission_denied;
  co_return std::unexpected(
      ConnectError{stream.error().message(),
                   denied ? ConnectError::Remedy::GiveUp : ConnectError::Remedy::TryAgain});
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  auto sockets = listen_on_unix(executor, address);
  if (!sockets) return std::unexpected(sockets.error());
  return stream_listener(std::move(executor), std::move(*sockets));
}

}  // namespace

Result<SocketAccess> socket_access(const Address& address) {
  SocketAccess access;
  const auto mode = mode_of(address);
  if (!mode) return std::unexpected(mode.error());
  access.mode = *mode;
  if (const auto name = address.keys.last("user")) {
    const passwd* user = ::getpwnam(name->c_str());  // NOLINT(concurrency-mt-unsafe): start-up
    if (user == nullptr) return std::unexpected("there is no user '" + *name + "'");
    access.user = user->pw_uid;
  }
  if (const auto name = address.keys.last("group")) {
    const group* found = ::getgrnam(name->c_str());  // NOLINT(concurrency-mt-unsafe): start-up
    if (found == nullptr) return std::unexpected("there is no group '" + *name + "'");
    access.group = found->gr_gid;
  }
  return access;
}

Result<std::unique_ptr<SocketListener>> listen_on_unix(const asio::any_io_executor& executor,
                                                       const Address& address) {
  const auto access = socket_access(address);
  if (!access) return std::unexpected(access.error());
  auto file = prepare_file(executor, address);
  if (!file) return std::unexpected(file.error());
  boost::system::error_code error;
  Protocol::acceptor acceptor(executor);
  acceptor.open(Protocol(), error);
  // The descriptor's mode is that of the file from its first moment on (Linux, less umask).
  if (!error && !is_abstract(address) && ::fchmod(acceptor.native_handle(), access->mode) != 0) {
    return std::unexpected(std::system_category().message(errno));
  }
  if (!error) acceptor.bind(endpoint_of(address), error);
  if (!error && !is_abstract(address)) {
    if (const auto given = file->give(*access); !given) return std::unexpected(given.error());
  }
  if (!error) acceptor.listen(Protocol::acceptor::max_listen_connections, error);
  if (error) return std::unexpected(error.message());
  return std::make_unique<UnixListener>(executor, Descriptor(acceptor.release()), address,
                                        std::move(*file));
}

const Transport kUnix{.scheme = "unix",
                      .check = check,
                      .reachable_unencrypted = reachable_unencrypted,
                      .connector = plain_connector<connect>,
                      .listen = listen};

}  // namespace vscard::chardev
