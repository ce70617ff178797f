#include "chardev/spicevmc/server.hpp"

#include "async/error.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

/// Until the next try when the system has no descriptor left.
constexpr std::chrono::milliseconds kAcceptPause{100};

/// A folder that only this user can look into, for as long as this object lives.
class PrivateFolder {
 public:
  PrivateFolder() {
    std::error_code ignored;
    path_ = std::filesystem::temp_directory_path(ignored) / "vscard-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  ~PrivateFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

Result<std::shared_ptr<Server>> Server::start(const asio::any_io_executor& executor,
                                              const Options& options,
                                              std::unique_ptr<SocketListener> sockets) {
  auto server = std::make_shared<Server>(executor, std::move(sockets));
  if (const Result<> configured = server->configure(options); !configured) {
    return std::unexpected(configured.error());
  }
  async::spawn(executor, admit_all(server));
  async::spawn(executor, cut_late(server));
  return server;
}

Server::Server(const asio::any_io_executor& executor, std::unique_ptr<SocketListener> sockets)
    : sockets_(std::move(sockets)),
      loop_(executor, {.admitted =
                           [this](int descriptor, const SpiceChannelEventInfo& info) {
                             connections_.admitted(descriptor);
                             note_remote(info);
                           },
                       .unblocked = [this] { device_.wake(); }}),
      device_({.linked = [this] { return link(); },
               .flooded = [this] { drop_client(); },
               .blocked = [this] { return loop_.blocked(); }}),
      connections_([this](int descriptor) { return loop_.watches(descriptor); }),
      server_(spice_server_new()) {}

Server::~Server() = default;

Result<> Server::configure(const Options& options) {
  if (options.password) {
    if (auto set = set_password(options); !set) return set;
  } else {
    spice_server_set_noauth(server_.get());
  }
  if (auto started = options.tls ? start_tls(*options.tls) : start_library(); !started) {
    return started;
  }
  spice_server_add_interface(server_.get(), display_.instance());
  display_.show();
  spice_server_add_interface(server_.get(), device_.instance());
  return {};
}

Result<> Server::set_password(const Options& options) {
  auto password = read_password(options);
  if (!password) return std::unexpected(password.error());
  const char* text = reinterpret_cast<const char*>(password->view().data());
  spice_server_set_ticket(server_.get(), text, 0, 0, 0);
  return {};
}

/// With TLS the library insists on a listener of its own. It gets one that nobody finds.
Result<> Server::start_tls(const TlsFiles& files) {
  for (const std::string& file : {files.certificate, files.key}) {
    if (::access(file.c_str(), R_OK) != 0) {
      return std::unexpected("cannot read " + file + ": " + std::system_category().message(errno));
    }
  }
  const PrivateFolder folder;
  if (folder.path().empty()) return std::unexpected("cannot make a temporary folder");
  const std::string hidden = folder.path() + "/spice";
  constexpr int kNoPort = 1;  // of a UNIX socket
  spice_server_set_addr(server_.get(), hidden.c_str(), SPICE_ADDR_FLAG_UNIX_ONLY);
  spice_server_set_tls(server_.get(), kNoPort, files.certificate.c_str(), files.certificate.c_str(),
                       files.key.c_str(), nullptr, nullptr, nullptr);
  tls_ = true;
  if (start_library()) return {};
  return std::unexpected("there is no PEM certificate in " + files.certificate + ", or " +
                         files.key + " is not its private key");
}

Result<> Server::start_library() {
  if (spice_server_init(server_.get(), loop_.interface()) == 0) return {};
  return std::unexpected("libspice-server does not start");
}

Awaitable<void> Server::admit_all(std::shared_ptr<Server> self) {
  while (!self->closed_) {
    auto connection = co_await self->sockets_->accept();
    if (connection) {
      self->admit(std::move(*connection));
    } else if (!self->closed_) {
      self->failure_ = connection.error();
      self->changed_.notify();
      co_await async::sleep(kAcceptPause);
    }
  }
}

void Server::admit(SocketListener::Accepted connection) {
  const auto now = protocol::Clock::now();
  connections_.cut_late(now);
  if (!connections_.make_room()) return;
  const int socket = connection.socket.release();
  connections_.add(socket, now + protocol::vsc::kAnswerTimeout);
  connected_.notify();
  const AtWork at_work(socket);  // all may be there already that admits it
  const int added = tls_ ? spice_server_add_ssl_client(server_.get(), socket, 0)
                         : spice_server_add_client(server_.get(), socket, 0);
  if (added != 0) ::close(socket);
}

/// As long as there is the server, whose end wakes it.
Awaitable<void> Server::cut_late(std::weak_ptr<Server> weak) {
  for (auto self = weak.lock(); self; self = weak.lock()) {
    self->connections_.cut_late(protocol::Clock::now());
    auto waiting = self->connected_.wait_until(self->connections_.next_deadline());
    self.reset();
    co_await std::move(waiting);
  }
}

void Server::note_remote(const SpiceChannelEventInfo& info) {
  std::string remote = sockets_->address();  // clients of a UNIX socket have no names
  if (info.paddr_ext.ss_family != AF_UNIX) {
    remote = tcp_address(info.paddr_ext, info.plen_ext);
  }
  if (info.type == SPICE_CHANNEL_SMARTCARD) remote_ = remote;
}

std::shared_ptr<CardChannel> Server::link() {
  linked_ = std::make_shared<CardChannel>(remote_, [this] { device_.wake(); });
  changed_.notify();
  return linked_;
}

Awaitable<std::expected<std::shared_ptr<CardChannel>, std::error_code>> Server::accept() {
  while (!closed_) {
    if (failure_) co_return std::unexpected(std::exchange(failure_, {}));
    if (linked_ && linked_->ended()) linked_.reset();
    if (linked_ && !serving_) {
      serving_ = true;
      co_return std::exchange(linked_, nullptr);
    }
    co_await changed_.wait();
  }
  co_return std::unexpected(async::aborted());
}

void Server::left() {
  serving_ = false;
  changed_.notify();
}

void Server::close() {
  closed_ = true;
  sockets_->close();
  changed_.notify();
}

}  // namespace vscard::chardev::spicevmc
