#pragma once

#include "async/event.hpp"
#include "pcsc-bridge/reader/slot.hpp"
#include "protocol/errc.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"
#include "session/host_link.hpp"

#include <atomic>
#include <expected>
#include <memory>
#include <optional>
#include <string>

namespace vscard::pcsc_bridge::reader {

/// What pcscd's threads see of a reader. They may still hold it when the reader is gone.
struct Channel {
  explicit Channel(session::VscLinkOptions given)
      : options(std::move(given)), max_command(options.peer.max_command) {}

  const session::VscLinkOptions options;
  std::atomic<std::size_t> max_command;  ///< bytes, that the client takes
  Slot slot;
};

/// A response, or why there is none.
using Answer = std::expected<protocol::SecretBytes, protocol::Errc>;
/// Where an answer is put. The thread that waited for it may have given up.
using AnswerPlace = std::shared_ptr<std::optional<Answer>>;

/// A reader between a VSC link and pcscd: the link's client has the card, the channel's slot shows
/// it. From run() on it is the loop's alone.
class Reader final : private session::ReaderSide {
 public:
  /// `notify` gets lines for the log; each names the address of the link.
  Reader(const asio::any_io_executor& executor, std::shared_ptr<Channel> channel, Notify notify);

  /// Listens, if that is what the endpoint says. The error is a line for the user.
  Result<> open() { return client_.open(); }
  /// Serves one client after the other until close().
  Awaitable<void> run();
  /// What is under way fails at once.
  void close();

  /// The answer comes in every case, at the latest at the client's time limit.
  void transmit(protocol::SecretBytes command, AnswerPlace answer);
  /// Before the next command, if the client can do that.
  void power(protocol::vsc::PowerAction action);
  /// The slot's change was seen.
  void look() { client_.look(); }

 private:
  void perform(protocol::vsc::VscHost::Action action) override;
  bool settled() const override { return channel_->slot.seen(); }
  void finish(Answer answer);
  void report(Notice::Severity severity, const std::string& text) const;

  std::shared_ptr<Channel> channel_;
  Notify notify_;
  session::HostLink client_;
  bool closed_ = false;
  async::Event closing_;
  std::optional<protocol::vsc::ReaderId> reader_;  ///< of the client's
  AnswerPlace answer_;                             ///< while a command is at the client
};

}  // namespace vscard::pcsc_bridge::reader
