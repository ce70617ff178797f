#pragma once

#include "pcsc-bridge/reader/patient_link.hpp"
#include "pcsc-bridge/reader/slot.hpp"
#include "protocol/errc.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <atomic>
#include <expected>
#include <memory>
#include <optional>

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
  Result<> open() { return link_.open(); }
  /// Serves one client after the other until close().
  Awaitable<void> run() { return link_.run(); }
  /// What is under way fails at once.
  void close() { link_.close(); }

  /// The answer comes in every case, at the latest at the client's time limit.
  void transmit(protocol::SecretBytes command, AnswerPlace answer);
  /// Before the next command, if the client can do that.
  void power(protocol::vsc::PowerAction action);
  /// The slot's change was seen.
  void look() { link_.client().look(); }

 private:
  void perform(protocol::vsc::VscHost::Action action) override;
  bool settled() const override { return channel_->slot.seen(); }
  void finish(Answer answer);

  std::shared_ptr<Channel> channel_;
  PatientLink link_;
  std::optional<protocol::vsc::ReaderId> reader_;  ///< of the client's
  AnswerPlace answer_;                             ///< while a command is at the client
};

}  // namespace vscard::pcsc_bridge::reader
