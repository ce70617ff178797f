#include "cards/replay/in_order.hpp"

#include <algorithm>
#include <utility>

namespace vscard::cards::replay {

using protocol::iso7816::BlankedApdu;

InOrder::InOrder(std::string file, std::vector<Step> script, Tell tell, Tell warn)
    : file_(std::move(file)),
      script_(std::move(script)),
      tell_(std::move(tell)),
      warn_(std::move(warn)) {
  skip_resets();
}

Player::Answer InOrder::transmit(protocol::Bytes command) {
  const BlankedApdu got = blanking_.command(command);
  if (differs_) return unknown_answer();
  if (next_happening() != nullptr) return std::unexpected(CardError::NoCard);
  const auto* const exchange =
      next_ < script_.size() ? std::get_if<Exchange>(&script_[next_]) : nullptr;
  if (exchange == nullptr || !matches(exchange->command, command)) return differ(got);
  last_line_ = exchange->line;
  recorded_.command(exchange->command.bytes);
  ++next_;
  skip_resets();
  if (next_ == script_.size()) tell_(file_ + ": played to its end");
  return answer_of(*exchange);
}

const Happening* InOrder::next_happening() const {
  if (differs_ || next_ == script_.size()) return nullptr;
  return std::get_if<Happening>(&script_[next_]);
}

void InOrder::pass_happening() {
  ++next_;
  skip_resets();
}

void InOrder::skip_resets() {
  while (next_ < script_.size() && std::holds_alternative<Reset>(script_[next_])) ++next_;
}

Player::Answer InOrder::differ(const BlankedApdu& got) {
  differs_ = true;
  warn_(expected() + ", got " + describe(got) + first_difference(got) +
        "; this and all that follows is answered 6F00");
  return unknown_answer();
}

/// Where two long commands differ, which a line does not show whole.
std::string InOrder::first_difference(const BlankedApdu& got) const {
  if (next_ == script_.size()) return "";
  const auto& wanted = std::get<Exchange>(script_[next_]).command.bytes;
  const auto at = std::ranges::mismatch(wanted, got.bytes).in1 - wanted.begin();
  if (static_cast<std::size_t>(at) < kMaxDescribed) return "";
  return ", which differ from byte " + std::to_string(at) + " on";
}

/// Of a recording that has its secrets: what a log may show.
BlankedApdu InOrder::without_secrets(const BlankedApdu& command) const {
  auto blanking = recorded_;
  const BlankedApdu blank = blanking.command(command.bytes);
  return blank.blank_size > 0 ? blank : command;
}

std::string InOrder::expected() const {
  if (next_ == script_.size() && last_line_ == 0) return file_ + ": expected no command at all";
  if (next_ == script_.size()) {
    return file_ + ":" + std::to_string(last_line_) + ": expected nothing more after this command";
  }
  const auto& exchange = std::get<Exchange>(script_[next_]);
  return file_ + ":" + std::to_string(exchange.line) + ": expected " +
         describe(without_secrets(exchange.command));
}

}  // namespace vscard::cards::replay
