#pragma once

#include "async/event.hpp"
#include "chardev/spice/session.hpp"
#include "chardev/spice/translator.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <system_error>

namespace vscard::chardev::spice {

/// Does a server speak first on a channel?
enum class FirstWord {
  Never,
  Likely,  ///< if its virtual machine runs
  Certain,
};

/// A channel of a session that carries a device. It ends with the session, or the session goes on
/// with others. Shared by the stream above and by the coroutine that keeps the channel, which has
/// its end a little later: the server is told that there is no more, and closes first. Otherwise
/// what it has to say meanwhile harms it.
class ChannelSession {
 public:
  ChannelSession(std::shared_ptr<Session> session, ChannelId id,
                 std::unique_ptr<Connection> channel, std::unique_ptr<Translator> translator);

  /// Until its end.
  static Awaitable<void> keep(std::shared_ptr<ChannelSession> channel);
  /// Is it ours? Errc::Taken: no, the server has ended it at once. Another error ends it, too.
  Awaitable<std::error_code> settle(FirstWord first);

  Awaitable<std::expected<std::size_t, std::error_code>> read(std::span<std::uint8_t> into);
  Awaitable<std::error_code> write(Bytes bytes);
  /// read() and write() give the reason.
  void end(std::error_code reason);
  /// Waits until the server has closed it, or should have, and the session does not use it.
  Awaitable<void> left();

 private:
  Awaitable<std::error_code> receive();
  Awaitable<std::error_code> ended();
  Awaitable<void> drain();
  void deliver();

  std::shared_ptr<Session> session_;
  ChannelId id_;
  std::unique_ptr<Connection> channel_;
  std::unique_ptr<Translator> translator_;
  bool heard_ = false;                       ///< a good message of the channel's own has come
  std::deque<protocol::SecretBytes> inbox_;  ///< to be read
  std::size_t taken_ = 0;                    ///< bytes of the first one that were read
  async::Event inbox_changed_;
  std::optional<std::error_code> end_;
  bool left_ = false;
};

}  // namespace vscard::chardev::spice
