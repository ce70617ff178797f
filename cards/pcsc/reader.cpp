#include "cards/pcsc/reader.hpp"

#include "async/spawn.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vscard::cards::pcsc {
namespace {

using namespace std::chrono_literals;
using protocol::SecretBytes;
using protocol::iso7816::Atr;
using Clock = std::chrono::steady_clock;

// While another program has the card to itself.
constexpr std::chrono::milliseconds kFirstRetry = 50ms;
constexpr std::chrono::milliseconds kLongestRetry = 1s;
constexpr std::chrono::seconds kInUsePatience{30};

CardAccess::Hold hold_of(const Options& options) {
  return options.hold.count() > 0 ? CardAccess::Hold::UntilLetGo : CardAccess::Hold::No;
}

}  // namespace

Reader::Reader(asio::any_io_executor executor, Options options,
               std::function<void(const std::string&)> warn, std::function<bool()> hears)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      warn_(std::move(warn)),
      hears_(std::move(hears)) {}

void Reader::bind(const std::string& reader) {
  name_ = reader;
  access_.emplace(reader, options_.share, hold_of(options_));
}

void Reader::update(const ReaderState* state) {
  const bool present = state != nullptr && state->atr;
  if (seen_ && (!present || state->insertion() != seen_->insertion())) {
    seen_.reset();
    ++epoch_;
    retry_.notify();
    end_silence();
    worker_.post([this] { access_->forget(); });
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

ReaderInfo Reader::info() const {
  return {.name = name_, .shared = options_.share == Share::Shared};
}

void Reader::watch(std::function<void(const CardEvent&)> on_event) {
  on_event_ = std::move(on_event);
  if (seen_) show(CardInserted{*seen_->atr});
}

Awaitable<std::expected<SecretBytes, CardError>> Reader::transmit(SecretBytes command) {
  if (!seen_) co_return std::unexpected(CardError::NoCard);
  end_silence();
  const auto epoch = epoch_;
  Outcome outcome = co_await exchange(std::move(command));
  if (epoch == epoch_) note(outcome);
  if (!outcome.response) co_return std::unexpected(fail(outcome.response.error()));
  co_return std::move(*outcome.response);
}

/// Tries again while another program has the card to itself.
Awaitable<Reader::Outcome> Reader::exchange(SecretBytes command) {
  const auto epoch = epoch_;
  const auto stops = stops_;
  const auto deadline = Clock::now() + kInUsePatience;
  for (auto wait = kFirstRetry;; wait = std::min(wait * 2, kLongestRetry)) {
    std::move_only_function<Outcome()> work = [this, &command] {
      return access_->exchange(command.view());
    };
    Outcome outcome = co_await async::on_worker<Outcome>(worker_, std::move(work));
    const bool in_use = !outcome.response && outcome.response.error().cause == Cause::InUse;
    if (!in_use || epoch != epoch_ || stops != stops_) co_return outcome;
    if (Clock::now() > deadline) co_return outcome;
    complain(options_.share == Share::Exclusive
                 ? "another program uses the card, and share=exclusive needs it alone; waiting"
                 : "another program uses the card exclusively; waiting");
    co_await retry_.wait_for(wait);
    if (epoch != epoch_ || stops != stops_) co_return outcome;
  }
}

Awaitable<std::expected<Atr, CardError>> Reader::reset(PowerAction action) {
  if (!seen_) co_return std::unexpected(CardError::NoCard);
  const auto epoch = ++epoch_;
  retry_.notify();
  end_silence();
  using Reset = Answer<std::optional<Atr>>;
  std::move_only_function<Reset()> work = [this, action] { return access_->reset(action); };
  const Reset atr = co_await async::on_worker<Reset>(worker_, std::move(work));
  if (!atr) co_return std::unexpected(fail(atr.error()));
  if (!seen_ || epoch != epoch_) co_return std::unexpected(CardError::NoCard);
  if (*atr) seen_->atr = *atr;
  co_return *seen_->atr;
}

void Reader::stop_command() {
  ++stops_;
  retry_.notify();
}

void Reader::show(const CardEvent& event) {
  if (on_event_) on_event_(event);
}

void Reader::note(const Outcome& outcome) {
  if (outcome.response) {
    complaint_.clear();
    if (hold_of(options_) == CardAccess::Hold::No) return;
    async::spawn(executor_, let_go_after(silences_));
  } else if (outcome.response.error().cause == Cause::CardReset) {
    if (outcome.atr) seen_->atr = outcome.atr;
    warn_("reader '" + name_ + "': another program has reset the card");
    show(CardReset{*seen_->atr});
  }
}

void Reader::end_silence() {
  ++silences_;
  silence_ended_.notify();
}

/// If that silence lasts. It may have ended before this begins.
Awaitable<void> Reader::let_go_after(std::uint64_t silence) {
  if (silence == silences_) co_await silence_ended_.wait_for(options_.hold);
  if (silence == silences_) worker_.post([this] { access_->let_go(); });
}

CardError Reader::fail(const Error& error) {
  if (error.cause == Cause::NoCard) return CardError::NoCard;
  // Readers, exchange() and note() have told.
  const bool told = error.cause == Cause::NoService || error.cause == Cause::InUse ||
                    error.cause == Cause::CardReset;
  if (!told) complain(pcsc::explain(error));
  return CardError::Failed;
}

/// The same once, until a command succeeds or a card comes.
void Reader::complain(const std::string& text) {
  if (std::exchange(complaint_, text) != text) warn_("reader '" + name_ + "': " + text);
}

}  // namespace vscard::cards::pcsc
