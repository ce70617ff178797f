#pragma once

#include "async/event.hpp"
#include "chardev/spice/connection.hpp"
#include "chardev/spice/smartcard/vsc_translator.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <system_error>

namespace vscard::chardev::spice::smartcard {

/// A SPICE client's session: its main channel, which has to live as long as any other, and its
/// smart card channel. Shared by the stream above and by the two coroutines that keep the channels,
/// which see the end a little later.
class SmartcardSession {
 public:
  SmartcardSession(std::unique_ptr<Connection> main, std::unique_ptr<Connection> card);

  // Each until the session's end.
  static Awaitable<void> keep_main(std::shared_ptr<SmartcardSession> session);
  static Awaitable<void> keep_card(std::shared_ptr<SmartcardSession> session);

  Awaitable<std::expected<std::size_t, std::error_code>> read(std::span<std::uint8_t> into);
  Awaitable<std::error_code> write(Bytes bytes);
  /// Ends both channels; read() and write() give the reason.
  void end(std::error_code reason);

 private:
  void deliver();

  std::unique_ptr<Connection> main_;
  std::unique_ptr<Connection> card_;
  VscTranslator translator_;
  std::deque<protocol::SecretBytes> inbox_;  ///< VSC messages, to be read
  std::size_t taken_ = 0;                    ///< bytes of the first one that were read
  async::Event inbox_changed_;
  std::optional<std::error_code> end_;
};

}  // namespace vscard::chardev::spice::smartcard
