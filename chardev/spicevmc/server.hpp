#pragma once

#include "async/event.hpp"
#include "chardev/socket_listener.hpp"
#include "chardev/spicevmc/connections.hpp"
#include "chardev/spicevmc/device.hpp"
#include "chardev/spicevmc/display.hpp"
#include "chardev/spicevmc/loop.hpp"
#include "chardev/spicevmc/options.hpp"
#include "protocol/failure.hpp"

#include <expected>
#include <memory>
#include <string>
#include <system_error>

namespace vscard::chardev::spicevmc {

/// The SPICE server, with a smart card device, a display and nothing else. Listening is ours: the
/// library can neither tell the port that the system chose nor leave a stranger's socket file
/// alone. Shared by what listens, the streams that it gave and its own work, in whatever order they
/// end.
class Server : public std::enable_shared_from_this<Server> {
 public:
  /// Serves what connects to `sockets` until close(). There can be one in
  /// a process's life. The error is a line for the user.
  static Result<std::shared_ptr<Server>> start(const asio::any_io_executor& executor,
                                               const Options& options,
                                               std::unique_ptr<SocketListener> sockets);

  Server(const asio::any_io_executor& executor, std::unique_ptr<SocketListener> sockets);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// The next client whose card channel is there. The one before must have gone: see left().
  Awaitable<std::expected<std::shared_ptr<CardChannel>, std::error_code>> accept();
  /// The session of the last accept() is not used any more.
  void left();
  /// Cuts the client's connections.
  void drop_client() { connections_.cut_all(); }
  void close();
  std::string address() const { return sockets_->address(); }

 private:
  struct Destroy {
    void operator()(SpiceServer* server) const { spice_server_destroy(server); }
  };

  Result<> configure(const Options& options);
  Result<> set_password(const Options& options);
  Result<> start_tls(const TlsFiles& files);
  Result<> start_library();
  static Awaitable<void> admit_all(std::shared_ptr<Server> self);
  void admit(SocketListener::Accepted connection);
  static Awaitable<void> cut_late(std::weak_ptr<Server> weak);
  void note_remote(const SpiceChannelEventInfo& info);
  std::shared_ptr<CardChannel> link();

  std::unique_ptr<SocketListener> sockets_;
  bool tls_ = false;
  Loop loop_;
  Display display_;
  Device device_;
  Connections connections_;
  std::unique_ptr<SpiceServer, Destroy> server_;  ///< uses all of the above
  std::string remote_;                            ///< of the card channel that was linked last
  std::shared_ptr<CardChannel> linked_;           ///< waits for accept()
  bool serving_ = false;                          ///< from accept() to left()
  bool closed_ = false;
  std::error_code failure_;  ///< to accept a connection, not told yet
  async::Event changed_;
  async::Event connected_;  ///< a further connection may be late some day
};

}  // namespace vscard::chardev::spicevmc
