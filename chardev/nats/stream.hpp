#pragma once

#include "chardev/nats/bus.hpp"
#include "chardev/nats/flow.hpp"
#include "chardev/stream.hpp"

#include <functional>
#include <memory>
#include <string>

namespace vscard::chardev::nats {

/// A Flow whose messages go over a bus. Both ends have a subject of their own.
class NatsStream final : public Stream, private Receiver {
 public:
  /// `own` is where the other end, at `peer`, sends what is for this one.
  NatsStream(std::shared_ptr<Bus> bus, std::string own, std::string peer, std::string remote);
  ~NatsStream() override;

  /// Shows the other end that this one is there.
  void confirm();
  bool ended() const { return flow_.ended(); }
  /// Has the other end shown that it is there?
  bool greeted() const { return greeted_; }
  /// To be called when ended() or greeted() has changed.
  void on_change(std::function<void()> call) { on_change_ = std::move(call); }
  /// To be called when it goes.
  struct Ended {
    std::error_code error;  ///< why
    bool greeted;
  };
  void on_end(std::function<void(const Ended&)> call) { on_end_ = std::move(call); }

  /// Asks the server whether the other end is there. If nobody is, the stream ends.
  void check();
  /// Ends it: it was lent.
  void take_back();

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override;
  Awaitable<std::error_code> write(protocol::Bytes bytes) override;
  std::size_t write_now(protocol::Bytes bytes) override;
  void close() override;
  std::string remote() const override { return remote_; }

 private:
  void arrived(const Arrival& arrival) override;
  void server_gone() override;
  void tick() override;
  void somebody_is_missing() override;
  void drained() override { changed_.notify(); }
  void send_due(protocol::Time now);
  void end_check();
  void tell_change();

  std::shared_ptr<Bus> bus_;
  std::string own_;
  std::string peer_;
  std::string remote_;
  Flow flow_;
  std::string check_;       ///< the subject of a check that is under way
  protocol::Time checked_;  ///< when it began
  bool greeted_ = false;
  std::function<void()> on_change_ = [] {};
  std::function<void(const Ended&)> on_end_ = [](const Ended&) {};
  async::Event changed_;
};

}  // namespace vscard::chardev::nats
