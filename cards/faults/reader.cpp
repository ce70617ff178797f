#include "cards/faults/reader.hpp"

#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "protocol/hex.hpp"

#include <algorithm>
#include <utility>

namespace vscard::cards::faults {
namespace {

using protocol::Clock;
using protocol::SecretBytes;
using protocol::iso7816::Atr;
using protocol::iso7816::StatusWord;
namespace iso7816 = protocol::iso7816;

}  // namespace

Reader::Reader(asio::any_io_executor executor, cards::Reader& inner, std::vector<Fault> faults,
               std::function<void(const Hit&)> on_hit)
    : executor_(std::move(executor)),
      inner_(inner),
      faults_(std::move(faults)),
      on_hit_(std::move(on_hit)) {}

ReaderInfo Reader::info() const {
  ReaderInfo info = inner_.info();
  info.verbatim |= !faults_.empty();
  return info;
}

void Reader::watch(std::function<void(const CardEvent&)> on_event) {
  on_event_ = std::move(on_event);
  inner_.watch([this](const CardEvent& event) { this->on_event(event); });
}

Awaitable<Reader::Response> Reader::transmit(SecretBytes command) {
  if (just_passes_on()) return inner_.transmit(std::move(command));
  return transmit_in_turn(std::move(command));
}

Awaitable<std::expected<Atr, CardError>> Reader::reset(PowerAction action) {
  return just_passes_on() ? inner_.reset(action) : reset_in_turn(action);
}

Awaitable<Reader::PowerOn> Reader::reset_in_turn(PowerAction action) {
  co_await turn();
  PowerOn atr = std::unexpected(CardError::NoCard);
  if (!out_) atr = co_await inner_.reset(action);
  end_turn();
  if (!atr || out_) co_return std::unexpected(out_ ? CardError::NoCard : atr.error());
  co_return shown(*atr);
}

void Reader::clear() {
  faults_.clear();
  ++clearings_;
  changed_.notify();
  put_back();
}

Awaitable<void> Reader::turn() {
  const auto mine = came_++;
  while (mine != done_) co_await changed_.wait();
}

void Reader::end_turn() {
  ++done_;
  changed_.notify();
}

Awaitable<Reader::Response> Reader::transmit_in_turn(SecretBytes command) {
  co_await turn();
  Verdict verdict;
  if (!out_) verdict = faults_.on_command(command.view());
  const auto header = command.view().first(std::min(command.size(), iso7816::kApduHeader));
  for (const std::string& fault : verdict.fired) {
    on_hit_({.fault = fault, .command = protocol::to_hex(header)});
  }
  Response response = co_await obey(std::move(verdict), std::move(command));
  end_turn();
  co_return std::move(response);
}

Awaitable<Reader::Response> Reader::obey(Verdict verdict, SecretBytes command) {
  if (verdict.slow > protocol::Duration()) co_await wait(verdict.slow);
  if (out_) co_return std::unexpected(CardError::NoCard);
  switch (verdict.outcome) {
    case Verdict::Outcome::Answered:
      break;
    case Verdict::Outcome::Status:
      co_return SecretBytes::copy_of(iso7816::status_bytes(StatusWord{verdict.status}));
    case Verdict::Outcome::Mute:
      co_return std::unexpected(CardError::Failed);
    case Verdict::Outcome::Removed:
      co_await remove(verdict.back);
      co_return std::unexpected(CardError::NoCard);
    case Verdict::Outcome::Reset:
      co_await reset_by_other();
      co_return std::unexpected(CardError::Failed);
  }
  Response response = co_await inner_.transmit(std::move(command));
  if (response) spoil(*response, verdict);
  co_return std::move(response);
}

/// Or until the faults are cleared.
Awaitable<void> Reader::wait(protocol::Duration duration) {
  const auto limit = Clock::now() + duration;
  const auto clearing = clearings_;
  while (clearing == clearings_ && Clock::now() < limit) co_await changed_.wait_until(limit);
}

/// The card loses its power, so its PINs are verified no more when it comes back.
Awaitable<void> Reader::remove(std::optional<protocol::Duration> back) {
  out_ = true;
  if (atr_) show(CardRemoved{});
  static_cast<void>(co_await inner_.reset(PowerAction::Down));
  if (back) async::spawn(executor_, come_back_after(*back, ++removals_));
}

Awaitable<void> Reader::come_back_after(protocol::Duration duration, std::uint64_t removal) {
  co_await async::sleep(duration);
  if (removal == removals_) put_back();
}

void Reader::put_back() {
  if (!std::exchange(out_, false)) return;
  ++removals_;
  if (atr_) show(CardInserted{shown(*atr_)});
}

Awaitable<void> Reader::reset_by_other() {
  const auto atr = co_await inner_.reset(PowerAction::WarmReset);
  if (atr) show(CardReset{shown(*atr)});
}

void Reader::on_event(const CardEvent& event) {
  if (const auto* inserted = std::get_if<CardInserted>(&event)) {
    atr_ = inserted->atr;
    if (!out_) show(CardInserted{shown(*atr_)});
  } else if (const auto* reset = std::get_if<CardReset>(&event)) {
    atr_ = reset->atr;
    if (!out_) show(CardReset{shown(*atr_)});
  } else {
    atr_.reset();
    if (!out_) show(event);
  }
}

Atr Reader::shown(const Atr& atr) {
  const auto other = faults_.on_power();
  if (!other) return atr;
  on_hit_({.fault = other->fired, .atr = protocol::to_hex(atr.bytes())});
  return other->atr;
}

void Reader::show(const CardEvent& event) {
  if (on_event_) on_event_(event);
}

}  // namespace vscard::cards::faults
