#include "chardev/tls/over.hpp"

#include "chardev/handshake_listener.hpp"
#include "chardev/tls/pairing/listener.hpp"
#include "chardev/tls/pairing/party.hpp"
#include "chardev/tls/party.hpp"
#include "chardev/tls/target.hpp"

#include <utility>

namespace vscard::chardev::tls {
namespace {

using Remedy = ConnectError::Remedy;

/// Once it has worked, what keeps it from working may pass: certificates are exchanged.
class ConnectorOver final : public Connector {
 public:
  ConnectorOver(std::unique_ptr<Connector> carrier, Keys keys, std::string target)
      : carrier_(std::move(carrier)), keys_(std::move(keys)), target_(std::move(target)) {}

  Awaitable<Connected> connect() override {
    if (const auto known = check(); !known) {
      const auto remedy = worked_ ? Remedy::TryAgain : Remedy::GiveUp;
      co_return std::unexpected(ConnectError{known.error().text, remedy});
    }
    auto carrier = co_await carrier_->connect();
    if (!carrier) co_return carrier;
    auto stream = co_await shake_hands(std::move(*carrier));
    if (stream) worked_ = true;
    if (!stream && worked_) stream.error().remedy = Remedy::TryAgain;
    co_return stream;
  }

 private:
  Result<> check() const {
    if (keys_.pair.empty()) return {};
    return pairing::check_paired(keys_, target_);
  }
  Awaitable<Connected> shake_hands(std::unique_ptr<Stream> carrier) const {
    if (!keys_.pair.empty()) return pairing::connect_paired(std::move(carrier), keys_, target_);
    return connect_tls13(std::move(carrier), keys_, host_of(target_));
  }

  std::unique_ptr<Connector> carrier_;
  Keys keys_;
  std::string target_;
  bool worked_ = false;
};

}  // namespace

std::unique_ptr<Connector> connector_over(std::unique_ptr<Connector> carrier, Keys keys,
                                          std::string target) {
  return std::make_unique<ConnectorOver>(std::move(carrier), std::move(keys), std::move(target));
}

Result<std::unique_ptr<Listener>> listen_over(const asio::any_io_executor& executor,
                                              std::unique_ptr<Listener> carrier, const Keys& keys) {
  if (!keys.pair.empty()) return pairing::listen_paired(executor, std::move(carrier), keys);
  const auto handshake = [keys](std::unique_ptr<Stream> stream) {
    return accept_tls13(std::move(stream), keys);
  };
  const std::string scheme = scheme_over(carrier->address());
  return handshake_listener(executor, std::move(carrier), handshake, scheme);
}

}  // namespace vscard::chardev::tls
