#pragma once

#include "chardev/nats/asking.hpp"
#include "chardev/nats/bus.hpp"
#include "chardev/nats/stream.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace vscard::chardev::nats {

/// Streams for those who ask for one under a name. In a pool others offer streams under that name,
/// too; there each of them has one at a time, which it lends.
class Offer final : private Receiver {
 public:
  /// `address` is what log lines call it.
  Offer(std::shared_ptr<Bus> bus, ServerSpec spec, std::string address);
  ~Offer() override;

  /// Until streams are offered. The error is part of a log line: another try may succeed.
  Awaitable<Result<>> begin();
  bool begun() const { return begun_; }
  /// The next one that was asked for; null: none yet.
  std::unique_ptr<Stream> take();
  /// What take() or begun() gives may be another.
  async::Event& changed() { return changed_; }

 private:
  /// A stream, which may have ended since.
  struct Given {
    std::string subject;
    protocol::Time since;
    std::string process;  ///< that asked for it
  };
  /// A process whose lease is over, and which others go before.
  struct Resting {
    std::string process;
    protocol::Time until;
  };

  Awaitable<Result<>> enter();
  void leave();
  Awaitable<Asking::Outcome> probe();
  std::string why_not() const;
  void arrived(const Arrival& arrival) override;
  void server_gone() override;
  void answer_probe(const std::string& peer);
  void open(const Open& asked, const std::string& answer);
  void tick() override;
  std::string refusal(const Open& asked);
  void forget_ended();
  void drop_one_waiting();

  std::shared_ptr<Bus> bus_;
  ServerSpec spec_;
  std::string subject_;
  std::string address_;
  std::vector<Given> given_;
  Resting resting_;
  bool begun_ = false;
  std::deque<std::unique_ptr<NatsStream>> waiting_;
  async::Event changed_;
};

}  // namespace vscard::chardev::nats
