#include "protocol/vpcd/reader.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <utility>

namespace vscard::protocol::vpcd {
namespace {

VpcdReader::Send control(Control what) { return {encode(what)}; }

template <class... Parts>
VpcdReader::Actions actions(Parts... parts) {
  VpcdReader::Actions all;
  (all.emplace_back(std::move(parts)), ...);
  return all;
}

}  // namespace

VpcdReader::Actions VpcdReader::start(Time now) {
  state_ = State::Powering;
  deadline_ = now + vsc::kAnswerTimeout;
  return actions(control(Control::PowerOn), control(Control::GetAtr));
}

VpcdReader::Actions VpcdReader::reset(Time now) {
  state_ = State::Powering;
  deadline_ = now + vsc::kAnswerTimeout;
  return actions(control(Control::PowerOff), control(Control::PowerOn), control(Control::GetAtr));
}

VpcdReader::Actions VpcdReader::transmit(const SecretBytes& command, Time now) {
  state_ = State::AtWork;
  deadline_ = now + apdu_timeout_;
  return actions(Send{encode(command.view())});
}

VpcdReader::Actions VpcdReader::receive(SecretBytes message, Time /*now*/) {
  switch (state_) {
    case State::NoCard:
      return {};
    case State::Powering: {
      const auto atr = iso7816::Atr::parse(message.view());
      if (!atr) return end(message.size() < iso7816::kMinAtr ? Errc::BadLength : atr.error());
      state_ = State::Idle;
      return actions(Powered{*atr});
    }
    case State::Idle:
      return end(Errc::UnexpectedMessage);
    case State::AtWork:
      if (message.size() < iso7816::kStatusWord) return end(Errc::BadLength);
      state_ = State::Idle;
      return actions(Response{std::move(message)});
  }
  return {};
}

std::optional<Time> VpcdReader::deadline() const {
  const bool owed = state_ == State::Powering || state_ == State::AtWork;
  return owed ? std::optional(deadline_) : std::nullopt;
}

VpcdReader::Actions VpcdReader::expire(Time now) {
  const auto due = deadline();
  return due && now >= *due ? end(Errc::NoAnswer) : Actions{};
}

VpcdReader::Actions VpcdReader::end(Errc error) {
  state_ = State::NoCard;
  return actions(Ended{error});
}

}  // namespace vscard::protocol::vpcd
