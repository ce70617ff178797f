#include "chardev/vnc/client.hpp"

#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "chardev/tls/party.hpp"
#include "chardev/vnc/channel_stream.hpp"
#include "chardev/vnc/login.hpp"
#include "chardev/vnc/server_spec.hpp"

#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace vscard::chardev::vnc {
namespace {

using Remedy = ConnectError::Remedy;

/// A server that does not know the extension says nothing.
constexpr std::chrono::seconds kOfferTimeout{5};

ConnectError failure(const std::error_code& error) {
  const bool final = error.category() == error_category();
  return {.text = error.message(),
          .remedy = final ? Remedy::GiveUp : Remedy::TryAgain,
          .reason = error};
}

/// Until it needs TLS, or has announced.
Awaitable<std::error_code> log_in(Stream& stream, Login& login) {
  while (login.wants() > 0) {
    std::vector<std::uint8_t> bytes(login.wants());
    if (const auto error = co_await read_exactly(stream, bytes)) co_return error;
    const auto answer = login.receive(bytes);
    if (!answer) co_return make_error_code(answer.error());
    if (const auto error = co_await stream.write(*answer)) co_return error;
  }
  co_return std::error_code();
}

Awaitable<std::error_code> await_offer(Stream& stream) {
  std::array<std::uint8_t, kOfferSize> offer{};
  auto reading = read_exactly(stream, offer);
  auto limit = async::sleep(kOfferTimeout);
  const auto error = co_await async::cut_short(std::move(reading), std::move(limit));
  if (error && *error) co_return *error;
  const bool offered = error.has_value() && is_offer(offer);
  co_return offered ? std::error_code() : make_error_code(Errc::NoChannel);
}

class ChannelConnector final : public Connector {
 public:
  ChannelConnector(asio::any_io_executor executor, Address address)
      : executor_(std::move(executor)), address_(std::move(address)), password_(address_.keys) {}

  Awaitable<Connected> connect() override {
    const auto carrier = parse_carrier(address_);
    if (!carrier) co_return give_up(carrier.error());
    if (address_.keys.last("server")) co_return give_up("server= goes with listen:");
    const auto password = password_.read();
    if (!password) co_return give_up(password.error());
    const auto keys = parse_tls(address_);
    if (!keys) co_return give_up(keys.error());
    auto stream = co_await connect_once(kTcp, executor_, *carrier);
    if (!stream) co_return stream;
    Login login(*password, *keys ? Login::Encryption::Tls : Login::Encryption::None);
    auto error = co_await log_in(**stream, login);
    if (!error && login.needs_tls()) {
      stream = co_await tls::connect_tls13(std::move(*stream), **keys,
                                           parse_host_port(carrier->location)->host);
      if (!stream) co_return stream;
      login.encrypted();
      error = co_await log_in(**stream, login);
    }
    if (!error) error = co_await await_offer(**stream);
    if (error) co_return std::unexpected(failure(error));
    co_return std::make_unique<ChannelStream>(std::move(*stream), address_.text());
  }

 private:
  static Connected give_up(const Failure& why) {
    return std::unexpected(ConnectError{.text = why.text, .remedy = Remedy::GiveUp});
  }

  asio::any_io_executor executor_;
  Address address_;
  PasswordReader password_;
};

}  // namespace

std::unique_ptr<Connector> connector(asio::any_io_executor executor, Address address) {
  return std::make_unique<ChannelConnector>(std::move(executor), std::move(address));
}

}  // namespace vscard::chardev::vnc
