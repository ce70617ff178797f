#include "pcsc-bridge/pcsc/change_wait.hpp"

#include <utility>

namespace vscard::pcsc_bridge::pcsc {
void ChangeWait::begin(std::uint32_t minor) {
  if (state_ != State::None) return;
  state_ = minor < kStatesApart ? State::Open : State::Begun;
}

ChangeWait::Next ChangeWait::show() {
  behind_ = false;
  if (state_ == State::Cancelled) {
    state_ = State::None;
    return Next::SendEvent;
  }
  if (state_ == State::Begun) state_ = State::Open;
  return Next::Nothing;
}

ChangeWait::Next ChangeWait::change() {
  if (state_ != State::Open) return Next::Nothing;
  state_ = State::None;
  behind_ = true;
  return Next::SendEvent;
}

ChangeWait::Next ChangeWait::cancel() {
  if (state_ == State::Begun) state_ = State::Cancelled;
  if (state_ != State::Open) return Next::Nothing;
  state_ = State::None;
  return Next::SendEvent;
}

bool ChangeWait::stop() { return std::exchange(state_, State::None) != State::None; }

}  // namespace vscard::pcsc_bridge::pcsc
