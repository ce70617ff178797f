#include "protocol/vpcd/card.hpp"

#include <utility>

namespace vscard::protocol::vpcd {
namespace {

template <class... Parts>
VpcdCard::Actions card_actions(Parts... parts) {
  VpcdCard::Actions all;
  (all.emplace_back(std::move(parts)), ...);
  return all;
}

}  // namespace

void VpcdCard::start(const iso7816::Atr& atr) {
  state_ = State::Unseen;
  atr_ = atr;
}

VpcdCard::Actions VpcdCard::receive(SecretBytes message, Time now) {
  if (state_ == State::NoReader) return {};
  if (state_ == State::AtWork) return end(Errc::UnexpectedMessage);
  if (message.empty()) return end(Errc::BadLength);
  if (const auto control = control_in(message.view())) return receive_control(*control);
  Actions out;
  if (std::exchange(state_, State::AtWork) == State::Unseen) out.emplace_back(Seen{});
  deadline_ = now + apdu_timeout_;
  out.emplace_back(Transmit{std::move(message)});
  return out;
}

VpcdCard::Actions VpcdCard::receive_control(Control control) {
  switch (control) {
    case Control::PowerOff:
      return card_actions(Reset{vsc::PowerAction::Down});
    case Control::Reset:
      return card_actions(Reset{vsc::PowerAction::WarmReset});
    case Control::PowerOn:
      return {};
    case Control::GetAtr: {
      auto out = card_actions(Send{encode(atr_->bytes())});
      if (std::exchange(state_, State::Idle) == State::Unseen) out.emplace_back(Seen{});
      return out;
    }
  }
  return {};
}

VpcdCard::Actions VpcdCard::respond(const SecretBytes& response) {
  if (state_ != State::AtWork) return {};
  if (response.size() > kMaxMessage) return end(Errc::CardFailed);
  state_ = State::Idle;
  return card_actions(Send{encode(response.view())});
}

VpcdCard::Actions VpcdCard::no_answer() {
  return state_ == State::AtWork ? end(Errc::CardFailed) : Actions{};
}

std::optional<Time> VpcdCard::deadline() const {
  return state_ == State::AtWork ? std::optional(deadline_) : std::nullopt;
}

VpcdCard::Actions VpcdCard::expire(Time now) {
  const auto due = deadline();
  return due && now >= *due ? end(Errc::NoAnswer) : Actions{};
}

VpcdCard::Actions VpcdCard::end(Errc error) {
  state_ = State::NoReader;
  return card_actions(Ended{error});
}

}  // namespace vscard::protocol::vpcd
