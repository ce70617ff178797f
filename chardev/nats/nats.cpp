#include "chardev/nats/nats.hpp"

#include "async/error.hpp"
#include "chardev/nats/asking.hpp"
#include "chardev/nats/offer.hpp"
#include "chardev/nats/server_spec.hpp"

#include <chrono>
#include <utility>

namespace vscard::chardev::nats {
namespace {

using Remedy = ConnectError::Remedy;

constexpr std::chrono::seconds kPauseAfterFailure{1};

Result<> check(const Address& address) {
  const auto spec = parse_servers(address);
  if (!spec) return std::unexpected(spec.error());
  return {};
}

bool reachable_unencrypted(const Address& address) {
  const auto spec = parse_servers(address);
  return !spec || (!spec->servers.tls && !on_loopback(spec->servers));
}

std::string why_none(const Asking& asking, Asking::Outcome outcome, const Bus& bus,
                     const ServerSpec& spec) {
  if (outcome == Asking::Outcome::Refused) return "refused: " + asking.reason();
  if (outcome == Asking::Outcome::Nobody) return "nobody offers '" + spec.name + "' there";
  std::string refusal = bus.refusal_of(spec.subject());
  if (refusal.empty()) refusal = bus.refusal_of(spec.servers.inbox);
  return refusal.empty() ? "no answer from who offers '" + spec.name + "'" : refusal;
}

Awaitable<Connected> connect(asio::any_io_executor executor, Address address) {
  const auto spec = parse_servers(address);
  if (!spec) co_return std::unexpected(ConnectError{spec.error().text, Remedy::GiveUp});
  if (spec->lease) {
    co_return std::unexpected(ConnectError{"lease= is for who lends the card", Remedy::GiveUp});
  }
  const auto bus = Bus::of(executor, spec->servers);
  if (auto up = co_await bus->connect(); !up) {
    co_return std::unexpected(ConnectError{.text = up.error().text});
  }
  Asking asking(bus, spec->subject(), spec->pool() ? Asking::Answers::Many : Asking::Answers::One);
  const auto outcome = co_await asking.ask_for_stream(address.text(), spec->labels);
  if (outcome == Asking::Outcome::Accepted) co_return asking.take_stream();
  co_return std::unexpected(ConnectError{.text = why_none(asking, outcome, *bus, *spec)});
}

/// Shared by the listener and its coroutine, which may outlive it.
struct State {
  std::unique_ptr<Offer> offer;
  std::string address;
  bool failed = false;  ///< the last time that it began
  bool closed = false;
  async::Event closing = {};
};

class NatsListener final : public Listener {
 public:
  explicit NatsListener(std::shared_ptr<State> state) : state_(std::move(state)) {}
  NatsListener(const NatsListener&) = delete;
  NatsListener& operator=(const NatsListener&) = delete;
  ~NatsListener() override { close_now(); }

  Awaitable<std::expected<std::unique_ptr<Stream>, AcceptError>> accept() override {
    return next_of(state_);
  }
  void close() override { close_now(); }
  std::string address() const override { return state_->address; }

 private:
  using Accepted = std::expected<std::unique_ptr<Stream>, AcceptError>;

  static Awaitable<Accepted> next_of(std::shared_ptr<State> state) {
    while (!state->closed) {
      if (auto stream = state->offer->take()) co_return std::move(stream);
      if (state->offer->begun()) {
        co_await state->offer->changed().wait();
        continue;
      }
      if (state->failed) co_await state->closing.wait_for(kPauseAfterFailure);
      if (state->closed) break;
      const auto begun = co_await state->offer->begin();
      state->failed = !begun;
      if (!begun && !state->closed) {
        co_return std::unexpected(AcceptError(state->address, begun.error().text));
      }
    }
    state->offer.reset();
    co_return std::unexpected(async::aborted());
  }
  void close_now() {
    state_->closed = true;
    state_->closing.notify();
    if (state_->offer) state_->offer->changed().notify();
  }

  std::shared_ptr<State> state_;
};

std::unique_ptr<Connector> connector(asio::any_io_executor executor, Address address) {
  return plain_connector<connect>(std::move(executor), std::move(address));
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  const auto spec = parse_servers(address);
  if (!spec) return std::unexpected(spec.error());
  auto offer = std::make_unique<Offer>(Bus::of(executor, spec->servers), *spec, address.text());
  return std::make_unique<NatsListener>(std::make_shared<State>(std::move(offer), address.text()));
}

}  // namespace

const Transport kNats{.scheme = "nats",
                      .check = check,
                      .reachable_unencrypted = reachable_unencrypted,
                      .connector = connector,
                      .listen = listen,
                      .encrypted = [](const Address& address) {
                        return "nats+tls://" + address.location + ",ca=FILE";
                      }};
const Transport kNatsTls{.scheme = "nats+tls",
                         .check = check,
                         .reachable_unencrypted = reachable_unencrypted,
                         .connector = connector,
                         .listen = listen};

}  // namespace vscard::chardev::nats
