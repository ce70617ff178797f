#include "protocol/vpcd/reader.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <utility>

namespace vscard::protocol::vpcd {
namespace {

VpcdReader::Send control(Control what) { return {encode(what)}; }

template <class... Parts>
VpcdReader::Actions reader_actions(Parts... parts) {
  VpcdReader::Actions all;
  (all.emplace_back(std::move(parts)), ...);
  return all;
}

}  // namespace

VpcdReader::Actions VpcdReader::start(Time now) {
  state_ = State::Powering;
  deadline_ = now + vsc::kAnswerTimeout;
  return reader_actions(control(Control::PowerOn), control(Control::GetAtr));
}

VpcdReader::Actions VpcdReader::reset(vsc::PowerAction action, Time now) {
  const bool is_down = state_ == State::Down;
  if (action == vsc::PowerAction::Down) {
    state_ = State::Down;
    return is_down ? Actions{} : reader_actions(control(Control::PowerOff));
  }
  if (is_down) return start(now);
  state_ = State::Powering;
  deadline_ = now + vsc::kAnswerTimeout;
  if (action == vsc::PowerAction::WarmReset)
    return reader_actions(control(Control::Reset), control(Control::GetAtr));
  return reader_actions(control(Control::PowerOff), control(Control::PowerOn),
                        control(Control::GetAtr));
}

VpcdReader::Actions VpcdReader::transmit(const SecretBytes& command, Time now) {
  const bool was_down = std::exchange(state_, State::AtWork) == State::Down;
  deadline_ = now + apdu_timeout_;
  Send send{encode(command.view())};
  return was_down ? reader_actions(control(Control::PowerOn), std::move(send))
                  : reader_actions(std::move(send));
}

VpcdReader::Actions VpcdReader::receive(SecretBytes message, Time /*now*/) {
  switch (state_) {
    case State::NoCard:
      return {};
    case State::Powering: {
      const auto atr = iso7816::Atr::parse(message.view());
      if (!atr) return end(message.size() < iso7816::kMinAtr ? Errc::BadLength : atr.error());
      state_ = State::Idle;
      return reader_actions(Powered{*atr});
    }
    case State::Idle:
    case State::Down:
      return end(Errc::UnexpectedMessage);
    case State::AtWork:
      if (message.size() < iso7816::kStatusWord) return end(Errc::BadLength);
      state_ = State::Idle;
      return reader_actions(Response{std::move(message)});
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
  return reader_actions(Ended{error});
}

}  // namespace vscard::protocol::vpcd
