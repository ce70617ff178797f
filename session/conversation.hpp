#pragma once

#include "async/deadline_loop.hpp"
#include "protocol/notice.hpp"
#include "protocol/vsc/resumption.hpp"
#include "session/ending.hpp"
#include "session/message_stream.hpp"

#include <optional>
#include <system_error>

namespace vscard::session {

/// What both halves of VSC have in common: a machine's conversations with one remote after the
/// other, each over a stream, or over several if the remote resumes. To be used on one executor.
class Conversation : private VscMachine, private protocol::vsc::Resumption::Ends {
 public:
  using Side = protocol::vsc::Resumption::Side;

  Conversation(Side side, protocol::Duration grace);

  /// One stream, to its end. One that comes while another is served is closed.
  Awaitable<Ending> serve(chardev::Stream& stream);
  /// Ends conversations that have waited too long for their next stream. Until it is cancelled.
  Awaitable<void> keep_grace() { return waiting_.run(); }
  /// No further stream will come: a conversation that waits for one is over.
  void drop();

 protected:
  /// Is a stream served?
  bool connected() const { return messages_ != nullptr; }
  /// Also while a conversation waits for its next stream: then it is sent later.
  void send(protocol::vsc::Message message);
  /// The machine's deadline may have become an earlier one.
  void wake();
  /// The machine wants no more: the stream is closed once what was sent is written.
  void end(std::error_code reason);
  /// This stream is of no use: the conversation may go on over another.
  void leave_stream(std::error_code reason);
  /// end(), at once, whether the remote reads or not.
  void close();

 private:
  // The machine.
  virtual void start() = 0;
  void deliver(protocol::vsc::Message message) override = 0;
  virtual std::optional<protocol::Time> next_deadline() const = 0;
  virtual void pass_deadline() = 0;
  virtual void go_on() = 0;
  virtual void lose() = 0;
  /// Would the next stream end as this one did?
  virtual bool is_hopeless(const std::error_code& error, bool greeted) const = 0;

  /// The remote has said its first message, on this stream.
  virtual void remote_greeted() {}
  virtual void tell(const Notice& notice) = 0;

  void receive(protocol::vsc::Message message) override;
  std::optional<protocol::Time> deadline() const override;
  void expire() override;
  void write(protocol::Bytes messages) override;
  void restart() override;
  void resumed() override;
  void ended(protocol::Errc error) override;
  void give_up();

  protocol::Duration grace_;
  protocol::vsc::Resumption resumption_;
  async::DeadlineLoop waiting_;        ///< for the next stream
  chardev::Stream* stream_ = nullptr;  ///< during serve()
  MessageStream* messages_ = nullptr;  ///< likewise
  bool greeted_ = false;               ///< by the remote, on this stream
  bool closed_ = false;                ///< this stream, by close()
};

}  // namespace vscard::session
