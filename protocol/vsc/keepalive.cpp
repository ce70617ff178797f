#include "protocol/vsc/keepalive.hpp"

#include <algorithm>

namespace vscard::protocol::vsc {

Ping Keepalive::start(Time now) {
  started_ = true;
  heard_ = now;
  return ping(now);
}

void Keepalive::reconnected(Time now) {
  heard_ = now;
  answered_ = true;
  dead_ = false;
}

Ping Keepalive::ping(Time now) {
  asked_ = now;
  answered_ = false;
  return {++token_};
}

void Keepalive::pong(const Pong& pong, Time now) {
  if (answered_ || pong.token != token_) return;
  answered_ = true;
  round_trip_ = now - asked_;
}

std::optional<Time> Keepalive::deadline() const {
  if (!started_ || dead_ || silence_ == Duration::zero()) return std::nullopt;
  const Time next = std::max(heard_, asked_) + silence_ / 2;
  return std::min(next, heard_ + silence_);
}

Keepalive::Due Keepalive::expire(Time now) {
  const auto due = deadline();
  if (!due || now < *due) return Due::Nothing;
  dead_ = now >= heard_ + silence_;
  return dead_ ? Due::End : Due::Ping;
}

}  // namespace vscard::protocol::vsc
