#pragma once

#include "chardev/nats/asking.hpp"
#include "chardev/nats/bus.hpp"
#include "chardev/nats/offer.hpp"
#include "chardev/nats/waiting_line.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vscard::chardev::nats {

/// A desk asks the server at most so often in a second whether somebody who has a stream is still
/// there, however many want one.
inline constexpr std::size_t kChecks = 64;

/// Where a process is asked for the streams that it offers under one name: it decides who gets
/// which, and in a pool keeps a line of those who wait for one. Nobody else decides about these,
/// and nothing of it is kept anywhere else.
class Desk final : public std::enable_shared_from_this<Desk>, private Receiver {
 public:
  /// The one for the name, on that bus.
  static std::shared_ptr<Desk> of(const std::shared_ptr<Bus>& bus, const ServerSpec& spec);

  Desk(std::shared_ptr<Bus> bus, const ServerSpec& spec);
  ~Desk() override;

  /// As long as it exists, it is offered here.
  void add(const std::shared_ptr<Offer>& offer);
  /// Until streams are offered. The error is part of a log line: another try may succeed.
  Awaitable<Result<>> begin(const Offer& offer);
  bool begun(const Offer& offer) const { return begun_ && serves(offer); }

 private:
  using Offers = std::vector<std::shared_ptr<Offer>>;

  Awaitable<Result<>> try_to_begin();
  Awaitable<Result<>> enter();
  void leave();
  Awaitable<Asking::Outcome> probe();
  std::string why_not() const;
  Offers offers() const;
  bool has(const std::vector<std::string>& labels) const;
  Offers fitting(const std::vector<std::string>& labels) const;
  /// A name that is not that of a pool has one offer, the first.
  bool serves(const Offer& offer) const { return pool_ || offers().front().get() == &offer; }
  void arrived(const Arrival& arrival) override;
  void server_gone() override;
  void tick() override;
  void answer_probe(const std::string& peer);
  void open(const Open& asked, const std::string& answer);
  std::string lend_one_of(const Offers& fitting, const Open& asked);
  void open_to_waiter(const Offers& fitting, const Open& asked, const std::string& answer);
  void tell_place(const Open& asked, const std::string& answer) const;
  bool wanted_in_line(const Offer& offer) const;
  void serve_line_with(Offer& offer);
  void check_some_of(const Offers& offers);

  std::shared_ptr<Bus> bus_;
  std::string subject_;
  bool pool_;
  std::vector<std::weak_ptr<Offer>> offers_;
  WaitingLine line_;
  std::size_t checks_left_;  ///< until the next tick
  std::size_t next_check_ = 0;
  protocol::Time begun_at_;
  bool begun_ = false;
  SharedTry beginning_;
};

}  // namespace vscard::chardev::nats
