#include "protocol/vsc/answers_ahead.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace vscard::protocol::vsc {
namespace {

using iso7816::StatusWord;

bool is_get_response(Bytes command) {
  return iso7816::Instruction{command[1]} == iso7816::Instruction::GetResponse;
}

bool is_same_but_le(Bytes one, Bytes other) {
  return std::ranges::equal(one.first(iso7816::kApduHeader), other.first(iso7816::kApduHeader));
}

/// How much GET RESPONSE gets after it, as far as it says so: at least 256 counts as 256.
std::size_t announced(StatusWord status) {
  const auto word = static_cast<std::uint16_t>(status);
  if ((word & 0xff00) != static_cast<std::uint16_t>(StatusWord::MoreData)) return 0;
  return (word & 0xff) == 0 ? iso7816::kMaxShortNe : word & 0xff;
}

StatusWord more_data(std::size_t left) {
  const auto low = static_cast<std::uint16_t>(left < iso7816::kMaxShortNe ? left : 0);
  return StatusWord{
      static_cast<std::uint16_t>(static_cast<std::uint16_t>(StatusWord::MoreData) | low)};
}

}  // namespace

void AnswersAhead::put(Ahead ahead) {
  ahead_ = std::move(ahead);
  next_ = 0;
}

void AnswersAhead::clear() { put({}); }

std::optional<SecretBytes> AnswersAhead::take(Bytes command) {
  if (ahead_.exchanges.empty() || command.size() < iso7816::kApduHeader) {
    clear();
    return std::nullopt;
  }
  if (is_get_response(command)) return get_response(command);
  const auto found = std::ranges::find_if(ahead_.exchanges, [command](const Exchange& exchange) {
    return std::ranges::equal(exchange.command.view(), command);
  });
  if (found == ahead_.exchanges.end()) {
    clear();
    return std::nullopt;
  }
  next_ = static_cast<std::size_t>(found - ahead_.exchanges.begin()) + 1;
  return found->response.clone();
}

std::optional<SecretBytes> AnswersAhead::get_response(Bytes command) {
  const auto wanted = iso7816::CommandApdu::parse(command);
  auto& known = ahead_.exchanges;
  if (!wanted || next_ >= known.size() || !is_same_but_le(known[next_].command.view(), command)) {
    clear();
    return std::nullopt;
  }
  const Exchange& next = known[next_];
  if (std::ranges::equal(next.command.view(), command) &&
      next.response.size() - iso7816::kStatusWord <= wanted->ne) {
    ++next_;
    return next.response.clone();
  }
  join_rest();
  return part_of_rest(wanted->ne);
}

/// Makes one response of all that GET RESPONSE gets next, to be cut otherwise than the card did it.
void AnswersAhead::join_rest() {
  auto& known = ahead_.exchanges;
  const auto first = known.begin() + static_cast<std::ptrdiff_t>(next_);
  const auto last = std::find_if(first, known.end(), [&](const Exchange& exchange) {
    return !is_same_but_le(exchange.command.view(), first->command.view());
  });
  std::size_t size = iso7816::kStatusWord;
  for (auto it = first; it != last; ++it) size += it->response.size() - iso7816::kStatusWord;
  auto joined = SecretBytes::with_capacity(size);
  Bytes status;
  for (auto it = first; it != last; ++it) {
    const Bytes response = it->response.view();
    joined.append(response.first(response.size() - iso7816::kStatusWord));
    status = response.last(iso7816::kStatusWord);
  }
  joined.append(status);
  first->response = std::move(joined);
  known.erase(first + 1, last);
}

/// Whoever asks for less than there is gets that much, and the rest the next time; for more, what
/// there is (ISO 7816-4 §7.6.1).
SecretBytes AnswersAhead::part_of_rest(std::size_t size) {
  SecretBytes& rest = ahead_.exchanges[next_].response;
  const auto response = iso7816::ResponseApdu::parse(rest.view());
  if (!response || response->data.size() <= size) {
    ++next_;
    return rest.clone();
  }
  const std::size_t left = response->data.size() - size + announced(response->status);
  auto part = iso7816::ResponseApdu{response->data.first(size), more_data(left)}.encode();
  rest = SecretBytes::copy_of(rest.view().subspan(size));
  ahead_.exchanges.erase(ahead_.exchanges.begin(),
                         ahead_.exchanges.begin() + static_cast<std::ptrdiff_t>(next_));
  next_ = 0;
  return part;
}

}  // namespace vscard::protocol::vsc
