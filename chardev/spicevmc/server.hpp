#pragma once

#include "async/event.hpp"
#include "chardev/spicevmc/connections.hpp"
#include "chardev/spicevmc/device.hpp"
#include "chardev/spicevmc/display.hpp"
#include "chardev/spicevmc/loop.hpp"
#include "chardev/spicevmc/options.hpp"
#include "chardev/transport.hpp"
#include "protocol/failure.hpp"

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace vscard::chardev::spicevmc {

/// The SPICE server, with a smart card device, a port to the same reader, a display and nothing
/// else. Listening and TLS are ours, and the library gets one end of a socket pair: it can neither
/// tell the port that the system chose nor leave a stranger's socket file alone, and some of what a
/// client may send would harm it. Shared by what listens, the streams that it gave and its own
/// work, in whatever order they end.
class Server : public std::enable_shared_from_this<Server> {
 public:
  using Accepted = std::expected<std::shared_ptr<ClientChannel>, AcceptError>;

  /// Serves what `clients` accepts until close(). There can be one in a process's life. The error
  /// is a line for the user.
  static Result<std::shared_ptr<Server>> start(const asio::any_io_executor& executor,
                                               const Options& options,
                                               std::unique_ptr<Listener> clients);

  Server(const asio::any_io_executor& executor, std::unique_ptr<Listener> clients);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// The next channel to the reader. One that is not the first is to be turned away, unless the
  /// first has gone: until left() there is then none.
  Awaitable<Accepted> accept();
  /// A channel of accept() is not used any more.
  void left(const ClientChannel& channel);
  /// Cuts the client's connections; if it has a further channel to the reader, that one's alone.
  void drop(const ClientChannel& channel);
  void close();
  std::string address() const { return clients_->address(); }

 private:
  struct Destroy {
    void operator()(SpiceServer* server) const { spice_server_destroy(server); }
  };

  Result<> configure(const Options& options);
  Result<> set_password(const Options& options);
  static Awaitable<void> admit_all(std::shared_ptr<Server> self);
  void admit(std::unique_ptr<Stream> client);
  void fail(AcceptError error);
  static Awaitable<void> cut_late(std::weak_ptr<Server> weak);
  /// Of a device whose channels, of this SPICE type, are to be accepted.
  template <class Channel>
  Device::Events events_of(int type, Device& device);
  std::shared_ptr<ClientChannel> next();

  asio::any_io_executor executor_;
  std::unique_ptr<Listener> clients_;
  Loop loop_;
  Display display_;
  Device card_;
  Device port_;
  Connections connections_;
  std::unique_ptr<SpiceServer, Destroy> server_;         ///< uses all of the above
  std::map<int, Peer> peers_;                            ///< the last one of a channel type
  std::vector<std::shared_ptr<ClientChannel>> waiting_;  ///< for accept()
  std::shared_ptr<ClientChannel> serving_;               ///< from accept() to left()
  bool closed_ = false;
  std::optional<AcceptError> failure_;  ///< to accept a connection, not told yet
  async::Event changed_;
  async::Event connected_;  ///< a further connection may be late some day
};

}  // namespace vscard::chardev::spicevmc
