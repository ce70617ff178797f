#include "cards/pcsc/reader.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace vscard::cards::pcsc {
namespace {

using namespace std::chrono_literals;
using pcsc::Cause;
using protocol::SecretBytes;
using protocol::iso7816::Atr;
using Clock = std::chrono::steady_clock;

// While another program has the card to itself.
constexpr std::chrono::milliseconds kFirstRetry = 50ms;
constexpr std::chrono::milliseconds kLongestRetry = 1s;
constexpr std::chrono::seconds kInUsePatience{30};

PcscSession::Hold hold_of(const PcscCard& card) {
  return card.hold.count() > 0 ? PcscSession::Hold::UntilLetGo : PcscSession::Hold::No;
}

}  // namespace

PcscReader::PcscReader(asio::any_io_executor executor, PcscCard card,
                       std::function<void(const std::string&)> warn)
    : executor_(std::move(executor)),
      card_(std::move(card)),
      warn_(std::move(warn)),
      retry_(executor_),
      silence_(executor_) {}

void PcscReader::bind(const std::string& reader) {
  name_ = reader;
  session_.emplace(reader, card_.share, hold_of(card_));
}

void PcscReader::update(const pcsc::ReaderState* state) {
  const bool present = state != nullptr && state->atr;
  if (seen_ && (!present || state->insertion() != seen_->insertion())) {
    seen_.reset();
    ++epoch_;
    retry_.cancel();
    silence_.cancel();
    worker_.post([this] { session_->forget(); });
    show(CardRemoved{});
  }
  if (present && !seen_) {
    seen_ = *state;
    complaint_.clear();
    show(CardInserted{*seen_->atr});
  }
  const bool mute = state != nullptr && state->mute;
  if (mute) complain("the card does not answer; is it the right way up?");
}

ReaderInfo PcscReader::info() const { return {.name = name_}; }

void PcscReader::watch(std::function<void(const CardEvent&)> on_event) {
  on_event_ = std::move(on_event);
  if (seen_) show(CardInserted{*seen_->atr});
}

Awaitable<std::expected<SecretBytes, CardError>> PcscReader::transmit(SecretBytes command) {
  if (!seen_) co_return std::unexpected(CardError::NoCard);
  silence_.cancel();
  const auto epoch = epoch_;
  auto exchanging = exchange(std::move(command));
  Outcome outcome = co_await std::move(exchanging);
  if (epoch == epoch_) note(outcome);
  if (!outcome.response) co_return std::unexpected(fail(outcome.response.error()));
  co_return std::move(*outcome.response);
}

/// Tries again while another program has the card to itself.
Awaitable<PcscReader::Outcome> PcscReader::exchange(SecretBytes command) {
  const auto epoch = epoch_;
  const auto deadline = Clock::now() + kInUsePatience;
  for (auto wait = kFirstRetry;; wait = std::min(wait * 2, kLongestRetry)) {
    std::move_only_function<Outcome()> work = [this, &command] {
      return session_->exchange(command.view());
    };
    auto working = async::on_worker<Outcome>(worker_, std::move(work));
    Outcome outcome = co_await std::move(working);
    const bool in_use = !outcome.response && outcome.response.error().cause == Cause::InUse;
    if (!in_use || epoch != epoch_ || Clock::now() > deadline) co_return outcome;
    complain(card_.share == pcsc::Share::Exclusive
                 ? "another program uses the card, which share=exclusive does not allow; waiting"
                 : "another program has the card to itself; waiting for it");
    retry_.expires_after(wait);
    co_await retry_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (epoch != epoch_) co_return outcome;
  }
}

Awaitable<std::expected<Atr, CardError>> PcscReader::reset() {
  if (!seen_) co_return std::unexpected(CardError::NoCard);
  const auto epoch = ++epoch_;
  retry_.cancel();
  silence_.cancel();
  using Reset = pcsc::Result<std::optional<Atr>>;
  std::move_only_function<Reset()> work = [this] { return session_->reset(); };
  auto working = async::on_worker<Reset>(worker_, std::move(work));
  const Reset atr = co_await std::move(working);
  if (!atr) co_return std::unexpected(fail(atr.error()));
  if (!seen_ || epoch != epoch_) co_return std::unexpected(CardError::NoCard);
  if (*atr) seen_->atr = *atr;
  co_return *seen_->atr;
}

void PcscReader::show(const CardEvent& event) {
  if (on_event_) on_event_(event);
}

void PcscReader::note(const Outcome& outcome) {
  if (outcome.response) {
    complaint_.clear();
    let_go_after_silence();
  } else if (outcome.response.error().cause == Cause::CardReset) {
    if (outcome.atr) seen_->atr = outcome.atr;
    warn_("reader '" + name_ + "': another program has reset the card");
    show(CardReset{*seen_->atr});
  }
}

void PcscReader::let_go_after_silence() {
  if (hold_of(card_) == PcscSession::Hold::No) return;
  silence_.expires_after(card_.hold);
  silence_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) worker_.post([this] { session_->let_go(); });
  });
}

CardError PcscReader::fail(const pcsc::Error& error) {
  if (error.cause == Cause::NoCard) return CardError::NoCard;
  // PcscReaders, exchange() and note() have told.
  const bool told = error.cause == Cause::NoService || error.cause == Cause::InUse ||
                    error.cause == Cause::CardReset;
  if (!told) complain(pcsc::explain(error));
  return CardError::Failed;
}

/// The same once, until a command succeeds or a card comes.
void PcscReader::complain(const std::string& text) {
  if (std::exchange(complaint_, text) != text) warn_("reader '" + name_ + "': " + text);
}

}  // namespace vscard::cards::pcsc
