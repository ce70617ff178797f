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
    Nobody,    ///< nobody has the subject
    Silence,   ///< no answer, or the connection has ended
  };

  /// With Many, a refusal is not the last word: others may answer.
  enum class Answers { One, Many };
  Asking(std::shared_ptr<Bus> bus, std::string subject, Answers answers = Answers::One);
  ~Asking() override;

  // One of these, once. This must outlive it.

  /// `remote` is the name of the stream for log lines.
  Awaitable<Outcome> ask_for_stream(std::string remote, std::vector<std::string> labels);
  Awaitable<Outcome> ask(Message question);
  std::unique_ptr<Stream> take_stream() { return std::move(stream_); }
  const std::string& reason() const { return reason_; }

 private:
  void arrived(const Arrival& arrival) override;
  void server_gone() override;
  void refused(const Refuse& refuse);
  void accepted(const std::string& peer);
  void end(Outcome outcome);

  std::shared_ptr<Bus> bus_;
  std::string subject_;
  Answers answers_;
  std::string own_;       ///< of the stream that may come of it
  std::string question_;  ///< where a refusal comes to
  std::string remote_;
  std::string reason_;
  std::unique_ptr<NatsStream> stream_;
  std::optional<Outcome> outcome_;
  protocol::Time limit_;  ///< until which it waits for an answer
  async::Event changed_;
};

}  // namespace vscard::chardev::nats
