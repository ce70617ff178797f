#pragma once

#include "protocol/time.hpp"
#include "protocol/vsc/message.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace vscard::protocol::vsc {

/// How long nothing may come from a peer that answers Ping.
inline constexpr std::chrono::seconds kSilence{5};

/// Is the peer still there, and how far away is it? For one connection whose peer answers Ping:
/// once at the start, and when nothing has come for half of the time that it may be silent.
class Keepalive {
 public:
  /// Zero: the peer may be silent for ever.
  explicit Keepalive(Duration silence = kSilence) : silence_(silence) {}

  /// The peer has said that it answers Ping. The first one.
  Ping start(Time now);
  /// Another connection has taken the place of the one before: what was asked is lost.
  void reconnected(Time now);
  /// A message has come, whatever it is.
  void heard(Time now) { heard_ = now; }
  void pong(const Pong& pong, Time now);

  /// When expire() is to be called; nothing before start() and after Due::End.
  std::optional<Time> deadline() const;
  enum class Due { Nothing, Ping, End };
  Due expire(Time now);
  Ping ping(Time now);

  /// Of the last Ping that was answered.
  std::optional<Duration> round_trip() const { return round_trip_; }

 private:
  Duration silence_;
  bool started_ = false;
  bool dead_ = false;  ///< the line; left by reconnected()
  Time heard_;
  Time asked_;               ///< the last Ping
  std::uint32_t token_ = 0;  ///< its
  bool answered_ = true;     ///< it has been
  std::optional<Duration> round_trip_;
};

}  // namespace vscard::protocol::vsc
