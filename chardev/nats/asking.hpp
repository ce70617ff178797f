#pragma once

#include "chardev/nats/bus.hpp"
#include "chardev/nats/stream.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vscard::chardev::nats {

/// A question to the subject under which streams are offered, and its answer.
class Asking final : private Receiver {
 public:
  /// How it was answered.
  enum class Outcome {
    Accepted,  ///< stream() is there
    Refused,   ///< reason() says why
    InLine,    ///< place() is there; take_stream() may give one later
    Nobody,    ///< nobody has the subject
    Silence,   ///< no answer
    Cut,       ///< the connection has ended
  };

  /// With Many, a refusal is not the last word: others may answer.
  enum class Answers { One, Many };
  Asking(std::shared_ptr<Bus> bus, std::string subject, Answers answers = Answers::One);
  ~Asking() override;

  // This must outlive each of these.

  struct Wanted {
    std::string remote;  ///< the name of the stream for log lines
    std::vector<std::string> labels = {};
    std::optional<Milliseconds> waited = {};  ///< to wait in line; for how long already
  };
  /// May be asked again, with a longer wait, and when the bus is connected again: a place in line
  /// is that of its subject, which stays.
  Awaitable<Outcome> ask_for_stream(Wanted wanted);
  Awaitable<Outcome> ask(Message question);
  /// Until a stream has come, or the connection has ended, for so long at most.
  Awaitable<void> wait_in_line(protocol::Duration time);
  std::unique_ptr<Stream> take_stream() { return std::move(stream_); }
  std::uint32_t place() const { return place_; }  ///< the best of those that were told
  const std::string& reason() const { return reason_; }

 private:
  void arrived(const Arrival& arrival) override;
  void server_gone() override;
  void refused(const Refuse& refuse);
  void in_line(const InLine& line);
  void accepted(const std::string& peer);
  void end(Outcome outcome);

  std::shared_ptr<Bus> bus_;
  std::string subject_;
  Answers answers_;
  std::string own_;       ///< of the stream that may come of it
  std::string question_;  ///< where a refusal comes to
  std::string remote_;
  std::string reason_;
  std::uint32_t place_ = 0;  ///< 0: none was told, to the last question
  bool in_line_ = false;     ///< … to any
  std::unique_ptr<NatsStream> stream_;
  std::optional<Outcome> outcome_;
  protocol::Time limit_;  ///< until which it waits for an answer
  async::Event changed_;
};

}  // namespace vscard::chardev::nats
