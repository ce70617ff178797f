#include "cards/pcsc/card_access.hpp"

#include <utility>

namespace vscard::cards::pcsc {

using protocol::iso7816::Atr;

CardAccess::CardAccess(std::string reader, Share share, Hold hold)
    : reader_(std::move(reader)), share_(share), hold_(hold) {}

CardAccess::Outcome CardAccess::exchange(protocol::Bytes command) {
  const auto failed = [this](const Error& error) {
    disconnect(error);
    return Outcome{.response = std::unexpected(error), .atr = std::nullopt};
  };
  if (const auto connected = connect(); !connected) return failed(connected.error());
  if (!in_transaction_) {
    const auto begun = connection_->begin_transaction();
    if (!begun && begun.error().cause == Cause::CardReset) return renew();
    if (!begun) return failed(begun.error());
    in_transaction_ = true;
  }
  used_ = true;
  auto response = connection_->transmit(command, response_);
  if (!response) return failed(response.error());
  if (hold_ == Hold::No) let_go();
  return {.response = std::move(response), .atr = std::nullopt};
}

void CardAccess::let_go() {
  if (std::exchange(in_transaction_, false)) connection_->end_transaction();
}

Answer<std::optional<Atr>> CardAccess::reset(PowerAction action) {
  std::optional<Atr> atr;
  if (used_) {
    auto done = connect();
    if (done)
      done =
          connection_->reconnect(action == PowerAction::WarmReset ? Connection::Card::Reset
                                                                  : Connection::Card::PoweredAnew);
    if (!done) {
      disconnect(done.error());
      return std::unexpected(done.error());
    }
    atr = connection_->atr();
    used_ = false;
  }
  let_go();
  connection_.reset();
  return atr;
}

void CardAccess::forget() {
  in_transaction_ = false;
  used_ = false;
  connection_.reset();
  context_.reset();  // pcscd may have ended as well
}

Answer<void> CardAccess::connect() {
  if (connection_) return {};
  if (!context_) {
    auto context = Context::establish();
    if (!context) return std::unexpected(context.error());
    context_.emplace(std::move(*context));
  }
  auto connection = Connection::open(*context_, reader_, share_);
  if (!connection) return std::unexpected(connection.error());
  connection_.emplace(std::move(*connection));
  return {};
}

CardAccess::Outcome CardAccess::renew() {
  used_ = false;
  if (const auto renewed = connection_->reconnect(Connection::Card::AsItIs); !renewed) {
    disconnect(renewed.error());
    return {.response = std::unexpected(renewed.error()), .atr = std::nullopt};
  }
  return {.response = std::unexpected(Error{.cause = Cause::CardReset, .text = "card was reset"}),
          .atr = connection_->atr()};
}

void CardAccess::disconnect(const Error& error) {
  in_transaction_ = false;
  connection_.reset();
  if (error.cause == Cause::NoService) context_.reset();
}

}  // namespace vscard::cards::pcsc
