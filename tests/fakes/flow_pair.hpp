#pragma once

#include "async/error.hpp"
#include "chardev/nats/flow.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace vscard::fakes {

/// Both ends of a stream on a bus that loses messages, brings them twice and in another order, when
/// it is told to. It knows what may happen then: wrong() says which rule was broken.
class FlowPair {
 public:
  using Flow = chardev::nats::Flow;
  enum class Side : std::uint8_t { A, B };

  /// Writes the next bytes of a side's own sequence, as many as go.
  std::size_t write(Side side, std::size_t size, std::size_t limit) {
    End& end = at(side);
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = byte_at(end.written + i);
    const auto data = end.flow.write(bytes, limit, now_);
    if (data) {
      if (data->bytes.size() > limit) note("a message beyond the limit");
      send(side, *data);
      end.written += data->bytes.size();
    }
    send_due(side);
    return data ? data->bytes.size() : 0;
  }
  std::size_t read(Side side, std::size_t size) {
    End& end = at(side);
    std::vector<std::uint8_t> bytes(size);
    const std::size_t got = end.flow.read(bytes);
    for (std::size_t i = 0; i < got; ++i) {
      if (bytes[i] != byte_at(end.read + i)) note("a byte that is not the next one");
    }
    end.read += got;
    if (end.read > at(other(side)).written) note("bytes that were not written");
    send_due(side);
    return got;
  }
  void close(Side side) {
    at(side).flow.end(async::aborted());
    closed_ = true;
    send_due(side);
  }

  // What the bus does with the next message that is for a side.

  void deliver(Side side) {
    if (auto bytes = take(side)) hand_over(side, *bytes);
  }
  void lose(Side side) {
    if (take(side)) harmed_ = true;
  }
  void deliver_twice(Side side) {
    const auto bytes = take(side);
    if (!bytes) return;
    hand_over(side, *bytes);
    hand_over(side, *bytes);
  }
  void delay(Side side) {
    auto& queue = at(side).coming;
    if (queue.size() < 2) return;
    std::swap(queue[0], queue[1]);
    harmed_ = true;
  }
  /// What nobody but the other end can send, unless the bus is hostile.
  void forge(Side side, protocol::Bytes bytes) {
    harmed_ = hostile_ = true;
    hand_over(side, protocol::SecretBytes::copy_of(bytes));
  }
  void pass(protocol::Duration time) {
    now_ += time;
    for (const End& end : ends_) {
      if (now_ - end.heard >= chardev::nats::kSilence) harmed_ = true;
    }
    send_due(Side::A);
    send_due(Side::B);
  }

  /// All that is on the way comes, and is read, until nothing more happens.
  void settle() {
    for (int round = 0; round < 1000; ++round) {
      bool idle = at(Side::A).coming.empty() && at(Side::B).coming.empty();
      for (const Side side : {Side::A, Side::B}) {
        while (!at(side).coming.empty()) deliver(side);
        while (read(side, 5000) > 0) idle = false;
      }
      if (idle) return;
    }
    note("it never settles");
  }
  /// Of two ends, one that has ended ends the other, at the latest when it has been silent.
  void part() {
    settle();
    for (int i = 0; i < 8; ++i) {
      pass(std::chrono::seconds(3));
      settle();
    }
    if (ended(Side::A) != ended(Side::B)) note("one end does not know that the other has ended");
  }

  bool ended(Side side) { return at(side).flow.ended(); }
  std::error_code read_end(Side side) { return at(side).flow.read_end(); }
  std::error_code write_end(Side side) { return at(side).flow.write_end(); }
  std::size_t coming(Side side) { return at(side).coming.size(); }
  std::size_t read_by(Side side) { return at(side).read; }
  std::size_t written_by(Side side) { return at(side).written; }

  /// "": no rule was broken.
  std::string wrong() {
    for (const Side side : {Side::A, Side::B}) {
      if (!harmed_ && !closed_ && ended(side)) note("it ends without a reason");
    }
    return wrong_;
  }

 private:
  static constexpr chardev::nats::Count kBegin = 0xffff0000;  ///< soon it begins again at 0

  struct End {
    explicit End(protocol::Time now) : flow(now, kBegin) {}
    Flow flow;
    std::deque<protocol::SecretBytes> coming = {};  ///< messages for it
    std::size_t written = 0;                        ///< bytes
    std::size_t read = 0;
    protocol::Time heard{};
  };

  static Side other(Side side) { return side == Side::A ? Side::B : Side::A; }
  End& at(Side side) { return ends_[static_cast<std::size_t>(side)]; }
  static std::uint8_t byte_at(std::size_t place) {
    return static_cast<std::uint8_t>(place * 7 + place / 251);
  }
  void send(Side from, const chardev::nats::Message& message) {
    at(other(from)).coming.push_back(encode(message));
  }
  void send_due(Side side) {
    while (const auto message = at(side).flow.next(now_)) send(side, *message);
  }
  std::optional<protocol::SecretBytes> take(Side side) {
    auto& queue = at(side).coming;
    if (queue.empty()) return std::nullopt;
    auto bytes = std::move(queue.front());
    queue.pop_front();
    return bytes;
  }
  void hand_over(Side side, const protocol::SecretBytes& bytes) {
    const auto message = chardev::nats::decode(bytes.view());
    at(side).heard = now_;
    if (message) at(side).flow.got(*message, now_);
    if (!message && !hostile_) note("a message of ours that does not decode");
    send_due(side);
  }
  void note(const char* what) {
    if (!hostile_ && wrong_.empty()) wrong_ = what;
  }

  protocol::Time now_{};
  std::array<End, 2> ends_{End(now_), End(now_)};
  bool harmed_ = false;   ///< the bus has not brought everything, or a side has waited for long
  bool hostile_ = false;  ///< anything may come: only memory is safe
  bool closed_ = false;
  std::string wrong_;
};

}  // namespace vscard::fakes
