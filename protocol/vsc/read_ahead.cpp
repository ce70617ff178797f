#include "protocol/vsc/read_ahead.hpp"

#include "protocol/iso7816/apdu.hpp"
#include "protocol/vsc/message.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vscard::protocol::vsc {
namespace {

using iso7816::CommandApdu;
using iso7816::Instruction;
using iso7816::StatusWord;

/// What is asked ahead for one command, at most: a message has room for it, and a slow line time.
constexpr std::size_t kMaxBytes = 16384;
/// A host that is closer than this is as fast without reads.
constexpr std::chrono::milliseconds kFarAway{1};

constexpr std::uint16_t low_byte(StatusWord status) {
  return static_cast<std::uint16_t>(status) & 0xff;
}
constexpr StatusWord kind_of(StatusWord status) {
  return StatusWord{static_cast<std::uint16_t>(static_cast<std::uint16_t>(status) & 0xff00)};
}
constexpr bool announces_more(StatusWord status) {
  return kind_of(status) == StatusWord::MoreData || kind_of(status) == StatusWord::WrongLe;
}

}  // namespace

void ReadAhead::begin(Bytes command, Time now) {
  answer_.reset();
  answered_ = now;
  ahead_ = {};
  ahead_bytes_ = 0;
  expected_.clear();
  current_.clear();
  asked_ = {};
  if (policy_ == AheadPolicy::Nothing || command.size() < iso7816::kApduHeader) return;
  const bool read = readable_(command);
  current_ = ReadHistory::kept(command, read);
  if (read) asked_ = SecretBytes::copy_of(command);
  if (policy_ == AheadPolicy::Reads) history_.note(command, read);
}

std::optional<SecretBytes> ReadAhead::next(SecretBytes response, std::optional<Duration> round_trip,
                                           Time now) {
  const auto parsed = iso7816::ResponseApdu::parse(response.view());
  const auto status = parsed ? parsed->status : StatusWord::Unspecified;
  keep(std::move(response), now);
  const bool room = ahead_.exchanges.size() < kMaxAheadExchanges && ahead_bytes_ < kMaxBytes;
  if (current_.empty() || !parsed || !room) return std::nullopt;
  auto command = announces_more(status) ? announced(status) : expected(round_trip, now);
  if (command) asked_ = command->clone();
  return command;
}

std::optional<SecretBytes> ReadAhead::take_answer() { return std::exchange(answer_, std::nullopt); }

Ahead ReadAhead::take_ahead() { return std::exchange(ahead_, {}); }

void ReadAhead::keep(SecretBytes response, Time now) {
  if (!answer_) {
    answer_ = std::move(response);
    answered_ = now;
    return;
  }
  Exchange exchange{std::move(asked_), std::move(response)};
  const std::size_t size = encoded_size(exchange);
  if (exchange.response.size() < iso7816::kStatusWord || ahead_bytes_ + size > kMaxPayload) return;
  ahead_bytes_ += size;
  ahead_.exchanges.push_back(std::move(exchange));
}

/// The next command may only be what the response announces: any other drops the rest.
std::optional<SecretBytes> ReadAhead::announced(StatusWord status) const {
  const std::uint32_t ne = low_byte(status) == 0 ? iso7816::kMaxShortNe : low_byte(status);
  if (kind_of(status) == StatusWord::WrongLe) {
    auto again = CommandApdu::parse(asked_.view());
    if (!again || again->ne == ne) return std::nullopt;
    again->ne = ne;
    return again->encode().value_or(SecretBytes());
  }
  if (!iso7816::is_plain(current_[0])) return std::nullopt;
  return CommandApdu{
      .cla = current_[0], .ins = static_cast<std::uint8_t>(Instruction::GetResponse), .ne = ne}
      .encode()
      .value_or(SecretBytes());
}

std::optional<SecretBytes> ReadAhead::expected(std::optional<Duration> round_trip, Time now) {
  const auto saved = round_trip.value_or(Duration::zero()) *
                     static_cast<Duration::rep>(ahead_.exchanges.size() + 1);
  const bool worth_it = round_trip >= kFarAway && now - answered_ < saved;
  if (policy_ != AheadPolicy::Reads || !worth_it) return std::nullopt;
  for (auto& read : history_.followers(current_)) expected_.push_back(std::move(read));
  while (!expected_.empty()) {
    current_ = std::move(expected_.front());
    expected_.pop_front();
    if (!is_answered(current_)) return SecretBytes::copy_of(current_);
  }
  return std::nullopt;
}

bool ReadAhead::is_answered(Bytes command) const {
  return std::ranges::any_of(ahead_.exchanges, [command](const Exchange& exchange) {
    return std::ranges::equal(exchange.command.view(), command);
  });
}

}  // namespace vscard::protocol::vsc
