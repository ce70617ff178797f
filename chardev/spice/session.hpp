#pragma once

#include "async/mutex.hpp"
#include "chardev/spice/link.hpp"

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace vscard::chardev::spice {

/// A client's session with a server: the main channel, which is kept here as long as this lives,
/// and what is known of the others. Held by those who use one of them.
class Session {
 public:
  /// `main` has heard these two.
  Session(const asio::any_io_executor& executor, std::unique_ptr<Connection> main, SessionId id,
          std::vector<ChannelId> channels);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  SessionId id() const { return id_; }
  bool ended() const;
  /// Waits for it, and gives the reason.
  Awaitable<std::error_code> end() const;

  /// Does the server list channels of this type? To a second client it does not.
  bool lists(ChannelType type) const;
  /// Those that may be linked: listed, and not in use here. Of a type that is not listed there may
  /// be some all the same, from 0 on.
  std::vector<ChannelNumber> unused(ChannelType type) const;
  void use(ChannelId channel) { used_.emplace(channel, ""); }
  void leave(ChannelId channel) { used_.erase(channel); }
  /// One in use has turned out to be the port of this name.
  void name(ChannelId channel, std::string port) { used_[channel] = std::move(port); }
  /// Is one of this type in use here?
  bool uses(ChannelType type) const;
  bool uses_port(const std::string& name) const;

 private:
  struct Main;
  static Awaitable<void> keep(std::shared_ptr<Main> main);

  std::shared_ptr<Main> main_;  ///< shared with the coroutine that keeps it
  SessionId id_;
  std::vector<ChannelId> channels_;        ///< that the server lists, in order
  std::map<ChannelId, std::string> used_;  ///< with the names of ports
};

/// Links the main channel, and hears what is said first on it. `server` must outlive the call.
Awaitable<std::expected<std::shared_ptr<Session>, ConnectError>> begin_session(
    asio::any_io_executor executor, const ServerSpec& server);

/// The session with one server of all who use it in a process: a server has one client at a time,
/// so that a second session would end the first.
struct SharedSession {
  /// That of the executor's context with the server of this address.
  static std::shared_ptr<SharedSession> with(const asio::any_io_executor& executor,
                                             const std::string& address);

  async::Mutex joining;            ///< held from the look for a session until a channel is linked
  std::weak_ptr<Session> session;  ///< it ends with its users
};

}  // namespace vscard::chardev::spice
