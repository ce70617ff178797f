#include "cards/vpcd/reader.hpp"

#include "async/spawn.hpp"

#include <utility>

namespace vscard::cards::vpcd {
namespace {

using protocol::Clock;
using protocol::SecretBytes;
using protocol::iso7816::Atr;
using protocol::iso7816::StatusWord;

session::LinkOptions with_waiting(session::LinkOptions options) {
  options.next_peer = session::LinkOptions::NextPeer::Waits;
  return options;
}

}  // namespace

Reader::Reader(const asio::any_io_executor& executor, const session::LinkOptions& options,
               const chardev::Transport& transport, protocol::Duration apdu_timeout, Notify notify)
    : executor_(executor),
      notify_(std::move(notify)),
      machine_(apdu_timeout),
      link_(
          executor, with_waiting(options), transport,
          [this](chardev::Stream& stream) { return serve(stream); }, notify_) {}

Result<> Reader::open() {
  if (auto opened = link_.open(); !opened) return opened;
  async::spawn(executor_, run());
  return {};
}

Awaitable<void> Reader::run() {
  const Result<> ended = co_await link_.run();
  if (!ended) notify_({Notice::Severity::Warning, ended.error().text + "; this card is no more"});
}

void Reader::stop() {
  link_.stop();
  if (stream_ == nullptr) return;
  stream_->send(protocol::vpcd::encode(protocol::vpcd::Control::PowerOff).view());
  stream_->end({});
}

ReaderInfo Reader::info() const {
  return {.name = link_.remote().value_or(link_.address()),
          .max_command = protocol::vpcd::kMaxMessage,
          .max_response = protocol::vpcd::kMaxMessage};
}

void Reader::watch(std::function<void(const CardEvent&)> on_event) {
  on_event_ = std::move(on_event);
  if (atr_) show(CardInserted{*atr_});
}

Awaitable<std::expected<SecretBytes, CardError>> Reader::transmit(SecretBytes command) {
  if (command.size() < protocol::vpcd::kMinCommand) {
    co_return SecretBytes::copy_of(protocol::iso7816::status_bytes(StatusWord::WrongLength));
  }
  const Card card = card_;
  if (!co_await turn(card)) co_return std::unexpected(CardError::NoCard);
  perform(machine_.transmit(command, Clock::now()));
  co_await answered(card);
  if (card != card_ || !response_) co_return std::unexpected(CardError::NoCard);
  changed_.notify();  // for the next turn
  co_return *std::exchange(response_, std::nullopt);
}

Awaitable<std::expected<Atr, CardError>> Reader::reset(PowerAction action) {
  const Card card = card_;
  if (!co_await turn(card)) co_return std::unexpected(CardError::NoCard);
  perform(machine_.reset(action, Clock::now()));
  co_await answered(card);
  if (card != card_ || !atr_) co_return std::unexpected(CardError::NoCard);
  co_return *atr_;
}

/// Waits until the card has nothing else to do; false: it has gone.
Awaitable<bool> Reader::turn(Card card) {
  while (card == card_ && atr_ && (!machine_.idle() || response_)) co_await changed_.wait();
  co_return card == card_&& atr_;
}

/// Waits for the answer, or the card's end.
Awaitable<void> Reader::answered(Card card) {
  while (card == card_ && atr_ && !machine_.idle()) co_await changed_.wait();
}

Awaitable<session::Ending> Reader::serve(chardev::Stream& stream) {
  session::StreamLoop loop(stream, *this);
  decoder_ = {};
  stream_ = &loop;
  perform(machine_.start(Clock::now()));
  const std::error_code error = co_await loop.run();
  stream_ = nullptr;
  machine_.lost();
  stream.close();
  response_.reset();
  if (std::exchange(atr_, std::nullopt)) show(CardRemoved{});
  changed_.notify();
  co_return session::Ending{.error = error};
}

std::optional<std::error_code> Reader::receive(protocol::Bytes bytes) {
  decoder_.feed(bytes);
  while (stream_ != nullptr && !stream_->ended()) {
    auto message = decoder_.next();
    if (!message) break;
    perform(machine_.receive(std::move(*message), Clock::now()));
  }
  return std::nullopt;
}

void Reader::perform(Machine::Actions actions) {
  for (auto& action : actions) {
    if (auto* send = std::get_if<Machine::Send>(&action)) {
      if (stream_ != nullptr) stream_->send(send->bytes.view());
    } else if (const auto* power = std::get_if<Machine::Powered>(&action)) {
      powered(power->atr);
    } else if (auto* response = std::get_if<Machine::Response>(&action)) {
      response_ = std::move(response->bytes);
      changed_.notify();
    } else if (const auto* ended = std::get_if<Machine::Ended>(&action)) {
      if (stream_ != nullptr) stream_->end(make_error_code(ended->error));
    }
  }
  if (stream_ != nullptr) stream_->wake();
}

/// The first time it is a card that has come.
void Reader::powered(const Atr& atr) {
  const bool came = !std::exchange(atr_, atr);
  changed_.notify();
  if (!came) return;
  ++card_;
  link_.note_greeting();
  show(CardInserted{atr});
}

void Reader::show(const CardEvent& event) {
  if (on_event_) on_event_(event);
}

}  // namespace vscard::cards::vpcd
