#include "chardev/nats/nats.hpp"

#include "async/error.hpp"
#include "chardev/nats/connector.hpp"
#include "chardev/nats/desk.hpp"
#include "chardev/nats/offer.hpp"
#include "chardev/nats/server_spec.hpp"
#include "chardev/tls/over.hpp"
#include "chardev/tls/party.hpp"

#include <chrono>
#include <utility>

namespace vscard::chardev::nats {
namespace {

constexpr std::chrono::seconds kPauseAfterFailure{1};

Result<> check(const Address& address) {
  const auto spec = parse_servers(address);
  if (!spec) return std::unexpected(spec.error());
  return {};
}

/// Of who has keys for TLS from end to end, only a password could be read.
bool reachable_unencrypted(const Address& address) {
  const auto spec = parse_servers(address);
  if (!spec) return true;
  const bool sealed = spec->sealed() && spec->servers.password_file.empty();
  return !sealed && !spec->servers.tls && !on_loopback(spec->servers);
}

/// Shared by the listener and its coroutine, which may outlive it.
struct State {
  std::shared_ptr<Desk> desk;
  std::shared_ptr<Offer> offer;
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
  Lending* lending() override {
    const auto& offer = state_->offer;
    return offer && offer->pool().starts_with("pool.") ? offer.get() : nullptr;
  }

 private:
  using Accepted = std::expected<std::unique_ptr<Stream>, AcceptError>;

  static Awaitable<Accepted> next_of(std::shared_ptr<State> state) {
    while (!state->closed) {
      if (auto stream = state->offer->take()) co_return std::move(stream);
      if (state->desk->begun(*state->offer)) {
        co_await state->offer->changed().wait();
        continue;
      }
      if (state->failed) co_await state->closing.wait_for(kPauseAfterFailure);
      if (state->closed) break;
      const auto begun = co_await state->desk->begin(*state->offer);
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

std::unique_ptr<Listener> offer_streams(const asio::any_io_executor& executor,
                                        const ServerSpec& spec, const std::string& address) {
  const auto bus = Bus::of(executor, spec.servers);
  auto desk = Desk::of(bus, spec);
  auto offer = std::make_shared<Offer>(bus, spec, address);
  desk->add(offer);
  return std::make_unique<NatsListener>(
      std::make_shared<State>(std::move(desk), std::move(offer), address));
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor executor, const Address& address) {
  const auto spec = parse_servers(address);
  if (!spec) return std::unexpected(spec.error());
  if (spec->wait) return std::unexpected("wait= is for who wants a card");
  const auto usable = spec->ends.psk.empty() ? Result<>() : tls::check_server_files(spec->ends);
  if (!usable) return std::unexpected(usable.error());
  auto listener = offer_streams(executor, *spec, address.text());
  if (!spec->sealed()) return listener;
  return tls::listen_over(executor, std::move(listener), spec->ends);
}

std::unique_ptr<Connector> connector(asio::any_io_executor executor, Address address) {
  const auto spec = parse_servers(address);
  std::string target = address.text();
  auto connector = make_connector(std::move(executor), std::move(address));
  if (!spec || !spec->sealed()) return connector;
  return tls::connector_over(std::move(connector), spec->ends, std::move(target));
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
