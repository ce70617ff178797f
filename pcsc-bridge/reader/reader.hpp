#pragma once

#include "pcsc-bridge/reader/channel_options.hpp"
#include "pcsc-bridge/reader/slot.hpp"
#include "protocol/errc.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"
#include "session/host_session.hpp"
#include "session/link.hpp"

#include <expected>
#include <memory>
#include <optional>
#include <string>

namespace vscard::pcsc_bridge::reader {

/// What pcscd's threads see of a reader. They may still hold it when the reader is no more.
struct Channel {
  explicit Channel(ChannelOptions given) : options(std::move(given)) {}

  const ChannelOptions options;
  Slot slot;
};

/// A response, or why there is none.
using Answer = std::expected<protocol::SecretBytes, protocol::Errc>;
/// Where an answer is put; whoever waits for it may have gone.
using AnswerPlace = std::shared_ptr<std::optional<Answer>>;

/// A reader between a VSC link and pcscd: the link's client owns the card, the channel's slot shows
/// it. From run() on it is the loop's alone.
class Reader final : private session::ReaderSide {
 public:
  /// `notify` gets lines for the log; each names the address of the link.
  Reader(const asio::any_io_executor& executor, std::shared_ptr<Channel> channel,
         session::Link::Notify notify);

  /// Listens, if that is what the endpoint says. The error is a line for the user.
  Result<> open();
  /// Serves one client after the other until close().
  Awaitable<void> run();
  /// What is under way fails at once.
  void close();

  /// The answer comes in every case, at the latest at the client's time limit.
  void transmit(protocol::SecretBytes command, AnswerPlace answer);

 private:
  void perform(protocol::vsc::VscHost::Action action) override;
  Awaitable<session::Ending> serve(chardev::Stream& stream);
  void finish(Answer answer);
  void note(const std::string& text) const;
  void warn(const std::string& text) const;

  std::shared_ptr<Channel> channel_;
  session::Link::Notify notify_;
  session::HostSession client_;
  session::Link link_;
  asio::steady_timer pause_;
  bool closed_ = false;
  chardev::Stream* stream_ = nullptr;              ///< while a client is served
  std::optional<protocol::vsc::ReaderId> reader_;  ///< of the client's
  AnswerPlace answer_;                             ///< while a command is at the client
};

}  // namespace vscard::pcsc_bridge::reader
