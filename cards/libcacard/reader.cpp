#include "cards/libcacard/reader.hpp"

#include "async/spawn.hpp"
#include "cards/libcacard/card_serial.hpp"
#include "cards/libcacard/wrong_pin.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vscard::cards::libcacard {
namespace {

using protocol::SecretBytes;
using protocol::iso7816::Atr;
using Response = std::expected<SecretBytes, CardError>;
using PowerOn = std::expected<Atr, CardError>;
using Takes = async::OrderedWorker::Takes;

/// Those of a CAC that libcacard answers out of its memory. All others may ask NSS, and behind it a
/// token: VERIFY, the last part of a signature, and whatever `libcacard:` makes of a card.
Takes takes_of(protocol::Bytes command) {
  constexpr std::array<std::uint8_t, 6> kOutOfMemory{
      0xa4,  // SELECT
      0xc0,  // GET RESPONSE
      0xca,  // GET DATA
      0xcb,  // likewise
      0x36,  // GET CERTIFICATE
      0x52,  // READ BUFFER
  };
  const bool known =
      command.size() > 1 && std::ranges::find(kOutOfMemory, command[1]) != kOutOfMemory.end();
  return known ? Takes::Moments : Takes::AWhile;
}

}  // namespace

Reader::Reader(asio::any_io_executor executor, NamedReader made, std::shared_mutex& in_use,
               std::function<bool()> renew)
    : executor_(std::move(executor)),
      name_(made.name),
      in_use_(in_use),
      made_(std::move(made)),
      renew_(std::move(renew)) {}

void Reader::watch(std::function<void(const CardEvent&)> on_event) {
  on_event_ = std::move(on_event);
  card_inserted();
}

Awaitable<Response> Reader::transmit(SecretBytes command) {
  const auto takes = takes_of(command.view());
  std::move_only_function<Response()> work = [this, command = std::move(command)]() mutable {
    return answer(std::move(command));
  };
  co_return co_await worker_.run<Response>(takes, std::move(work));
}

Response Reader::answer(SecretBytes command) {
  const std::shared_lock in_use(in_use_);
  if (!made_) return std::unexpected(CardError::NoCard);
  const bool verify = is_verify(command.view());
  const Request request = request_of(command.view());
  Response response = made_->reader.transmit(std::move(command));
  if (!response) return response;
  if (verify) say_wrong_pin(*response, made_->token);
  if (identity_) identity_->put_into(*response, request);
  return response;
}

Awaitable<void> Reader::renew() {
  std::move_only_function<bool()> work = [this] {
    return renew_() && power_on_new_card().has_value();
  };
  co_await worker_.run<bool>(Takes::AWhile, std::move(work));
}

Awaitable<PowerOn> Reader::reset(PowerAction /*action*/) {
  std::move_only_function<PowerOn()> work = [this] { return power_again(); };
  co_return co_await worker_.run<PowerOn>(Takes::AWhile, std::move(work));
}

PowerOn Reader::power_again() {
  const std::shared_lock in_use(in_use_);
  if (!made_) return std::unexpected(CardError::NoCard);
  made_->reader.power_off();
  return made_->reader.power_on();
}

void Reader::replace(std::optional<NamedReader> made) { made_ = std::move(made); }

void Reader::card_inserted() { async::spawn(executor_, announce()); }

void Reader::card_removed() {
  if (on_event_) on_event_(CardRemoved{});
}

/// Tells of the card that is in, if there is one.
Awaitable<void> Reader::announce() {
  std::move_only_function<PowerOn()> work = [this] { return power_on_new_card(); };
  const PowerOn atr = co_await worker_.run<PowerOn>(Takes::AWhile, std::move(work));
  if (atr && on_event_) on_event_(CardInserted{*atr});
}

PowerOn Reader::power_on_new_card() {
  const std::shared_lock in_use(in_use_);
  if (!made_) return std::unexpected(CardError::NoCard);
  VirtualReader& reader = made_->reader;
  identity_.reset();
  const PowerOn atr = reader.power_on();
  if (!atr) return atr;
  if (const auto serial = serial_of_card(reader)) identity_.emplace(*serial);
  return reader.power_on();  // resets what the look at its certificates has selected
}

}  // namespace vscard::cards::libcacard
