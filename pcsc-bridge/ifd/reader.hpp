#pragma once

#include "pcsc-bridge/ifd/channel_options.hpp"
#include "pcsc-bridge/ifd/slot.hpp"
#include "protocol/errc.hpp"
#include "protocol/secret.hpp"
#include "session/host_session.hpp"
#include "session/link.hpp"

#include <expected>
#include <future>
#include <memory>
#include <optional>
#include <string>

namespace vscard::ifd {

/// A response, or why there is none.
using Answer = std::expected<protocol::SecretBytes, protocol::Errc>;

/// A reader between a VSC link and pcscd: the link's client owns the card, the slot shows it. After
/// open() it is the I/O thread's alone.
class Reader final : private session::ReaderSide {
 public:
  Reader(const asio::any_io_executor& executor, ChannelOptions options, std::shared_ptr<Slot> slot);

  /// Listens, if that is what the endpoint says. The error is a line for the user.
  std::expected<void, std::string> open();
  /// Serves one client after the other until close(), or until it makes no sense to go on.
  Awaitable<void> run();
  /// What is under way fails at once.
  void close();

  /// The answer comes in every case, at the latest at the client's time limit.
  void transmit(protocol::SecretBytes command, std::promise<Answer> answer);

 private:
  void perform(protocol::VscHost::Action action) override;
  Awaitable<session::Ending> serve(chardev::Stream& stream);
  void finish(Answer answer);
  void info(const std::string& text) const;
  void error(const std::string& text) const;

  std::string address_;  ///< in log lines
  std::shared_ptr<Slot> slot_;
  session::HostSession client_;
  session::Link link_;
  chardev::Stream* stream_ = nullptr;           ///< while a client is served
  std::optional<protocol::ReaderId> reader_;    ///< of the client's
  std::optional<std::promise<Answer>> answer_;  ///< while a command is at the client
};

}  // namespace vscard::ifd
