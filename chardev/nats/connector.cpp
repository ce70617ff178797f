#include "chardev/nats/connector.hpp"

#include "chardev/nats/asking.hpp"
#include "chardev/nats/server_spec.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace vscard::chardev::nats {
namespace {

using protocol::Clock;
using Outcome = Asking::Outcome;
using Remedy = ConnectError::Remedy;

std::string why_none(const Asking& asking, Outcome outcome, const Bus& bus,
                     const ServerSpec& spec) {
  if (outcome == Outcome::Refused) return "refused: " + asking.reason();
  if (outcome == Outcome::Nobody) return "nobody offers '" + spec.name + "' there";
  std::string refusal = bus.refusal_of(spec.subject());
  if (refusal.empty()) refusal = bus.refusal_of(spec.servers.inbox);
  return refusal.empty() ? "no answer from who offers '" + spec.name + "'" : refusal;
}

class NatsConnector final : public Connector {
 public:
  NatsConnector(asio::any_io_executor executor, const Address& address)
      : executor_(std::move(executor)), remote_(address.text()), spec_(parse_servers(address)) {}

  Awaitable<Connected> connect() override {
    if (!spec_) co_return std::unexpected(ConnectError{spec_.error().text, Remedy::GiveUp});
    if (spec_->lease) {
      co_return std::unexpected(ConnectError{"lease= is for who lends the card", Remedy::GiveUp});
    }
    if (!since_) since_ = Clock::now();
    const bool in_line = asking_ && asking_->place() != 0;
    if (in_line) co_await asking_->wait_in_line(std::min<protocol::Duration>(left(), kAskEvery));
    auto connected = co_await ask();
    if (connected) since_.reset();
    const bool in_vain = !connected && left() <= protocol::Duration::zero();
    if (in_vain) co_return std::unexpected(give_up(connected.error().text));
    co_return std::move(connected);
  }

 private:
  /// … of the time that it waits.
  protocol::Duration left() const {
    return spec_->wait ? *since_ + *spec_->wait - Clock::now() : protocol::Duration::max();
  }

  ConnectError give_up(const std::string& why) {
    asking_.reset();
    return {.text = "no card for " + std::to_string(spec_->wait->count()) + " s; at last: " + why,
            .remedy = Remedy::GiveUp};
  }

  std::optional<Milliseconds> waited() const {
    if (!spec_->wait) return std::nullopt;
    return std::chrono::duration_cast<Milliseconds>(Clock::now() - *since_);
  }

  Awaitable<Connected> ask() {
    const auto bus = Bus::of(executor_, spec_->servers);
    const auto up = co_await bus->connect();
    if (!up) co_return std::unexpected(ConnectError{.text = up.error().text});
    const auto answers = spec_->pool() ? Asking::Answers::Many : Asking::Answers::One;
    if (!asking_) asking_ = std::make_unique<Asking>(bus, spec_->subject(), answers);
    Asking::Wanted wanted{.remote = remote_, .labels = spec_->labels, .waited = waited()};
    const auto outcome = co_await asking_->ask_for_stream(std::move(wanted));
    Connected connected = result_of(outcome, *bus);
    if (connected || !spec_->wait) asking_.reset();
    co_return std::move(connected);
  }

  Connected result_of(Outcome outcome, const Bus& bus) {
    if (outcome == Outcome::Accepted) return asking_->take_stream();
    if (outcome != Outcome::InLine) {
      return std::unexpected(ConnectError{.text = why_none(*asking_, outcome, bus, *spec_)});
    }
    const std::string place = "place " + std::to_string(asking_->place()) + " in line";
    return std::unexpected(ConnectError{.text = place, .remedy = Remedy::GoOn});
  }

  asio::any_io_executor executor_;
  std::string remote_;  ///< what log lines call it
  Result<ServerSpec> spec_;
  std::unique_ptr<Asking> asking_;       ///< with wait=, until there is a stream
  std::optional<protocol::Time> since_;  ///< when it was first asked for the stream
};

}  // namespace

std::unique_ptr<Connector> make_connector(asio::any_io_executor executor, Address address) {
  return std::make_unique<NatsConnector>(std::move(executor), address);
}

}  // namespace vscard::chardev::nats
