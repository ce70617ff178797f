#include "program/apdu_trail.hpp"

#include "program/events.hpp"
#include "program/log.hpp"
#include "protocol/iso7816/apdu.hpp"
#include "protocol/iso7816/apdu_log.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

namespace vscard::program {
namespace {

namespace iso7816 = protocol::iso7816;

constexpr std::uint8_t kVerify = 0x20;     // ISO 7816-4 §7.5.6
constexpr std::uint8_t kVerifyTlv = 0x21;  // … with data objects

/// What a card says about a PIN that it was given (ISO 7816-4 §5.1.3).
std::string describe_verdict(unsigned status) {
  if (status == 0x9000) return "PIN accepted";
  std::string refused = fmt::format("PIN refused ({:02x} {:02x})", status >> 8, status & 0xff);
  if (status == 0x6983) return refused + ": it is blocked";
  if (status == 0x63cf) {  // ISO 7816-4 §5.1.3: the most that it can say
    return refused + ": this card does not count tries, or has 15 or more left";
  }
  if ((status & 0xfff0) == 0x63c0) return refused + fmt::format("; tries left: {}", status & 0xf);
  return refused;
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const unsigned byte : bytes) text += fmt::format("{}{:02x}", text.empty() ? "" : " ", byte);
  return text;
}

}  // namespace

void ApduTrail::command(protocol::Bytes bytes) {
  Last now{.header_size = std::min(bytes.size(), iso7816::kApduHeader),
           .size = bytes.size(),
           .when = protocol::Clock::now()};
  std::ranges::copy(bytes.first(now.header_size), now.header.begin());
  last_ = now;
  if (log::enabled(log::Level::Trace)) {
    log::trace("{}: command {}", name_, iso7816::describe_command(bytes));
  }
  watchers_.publish_apdu([&] { return command_event(about(), bytes, asker()); });
  if (watchers_.tapped()) {
    show(TappedApdu::What::Command, blanking_.command(bytes), asker());
  } else {
    blanking_.forget();
  }
}

void ApduTrail::response(protocol::Bytes bytes) {
  if (log::enabled(log::Level::Trace)) {
    log::trace("{}: response {}", name_, iso7816::describe_response(bytes));
  }
  watchers_.publish_apdu([&] { return response_event(about(), bytes); });
  if (watchers_.tapped()) show(TappedApdu::What::Response, blanking_.response(bytes));
  if (!last_ || bytes.size() < iso7816::kStatusWord) return;
  std::ranges::copy(bytes.last(iso7816::kStatusWord), last_->status.begin());
  last_->outcome = Last::Outcome::Answered;
  if (!verifies()) return;
  log::info("{}: {}", name_, describe_verdict(last_->status[0] * 256U + last_->status[1]));
}

void ApduTrail::no_answer() {
  watchers_.publish_apdu([&] { return response_event(about(), std::nullopt); });
  if (watchers_.tapped()) show(TappedApdu::What::NoAnswer, {});
  if (last_) last_->outcome = Last::Outcome::Lost;
}

void ApduTrail::show(TappedApdu::What what, const iso7816::BlankedApdu& message,
                     std::string_view by) const {
  watchers_.show({.about = about_, .name = name_, .by = by, .what = what, .message = message});
}

std::optional<std::string> ApduTrail::last() const {
  if (!last_) return std::nullopt;
  const auto ago = std::chrono::floor<std::chrono::seconds>(protocol::Clock::now() - last_->when);
  return fmt::format("{} ({} bytes), {}, {} s ago",
                     hex(std::span(last_->header).first(last_->header_size)), last_->size,
                     outcome(), ago.count());
}

std::string ApduTrail::outcome() const {
  switch (last_->outcome) {
    case Last::Outcome::Pending:
      return "no answer yet";
    case Last::Outcome::Answered:
      return "answered " + hex(last_->status);
    case Last::Outcome::Lost:
      return "no answer";
  }
  return "";
}

/// With data: without, a program asks how many tries are left.
bool ApduTrail::verifies() const {
  const std::uint8_t instruction = last_->header[1];
  return last_->size > iso7816::kApduHeader + 1 &&
         (instruction == kVerify || instruction == kVerifyTlv);
}

}  // namespace vscard::program
