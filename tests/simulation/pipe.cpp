#include "tests/simulation/pipe.hpp"

#include <utility>

namespace vscard::tests::simulation {
namespace {

using namespace std::chrono_literals;

/// Bytes. Each side has a few short messages to say of each card before it hears the other again.
constexpr std::size_t kMaxUnderWay = 3 * 8192;

constexpr std::array<Duration, 4> kUsualDelays{100us, 1ms, 1ms, 7ms};
constexpr std::array<Duration, 4> kLongDelays{60ms, 300ms, 2s, 25s};
/// A few of them make a card seem mute.
constexpr Duration kTrouble = 2s;

}  // namespace

void Pipe::attach(StreamReader& reader) {
  reader_ = &reader;
  move();
}

void Pipe::detach() { reader_ = nullptr; }

void Pipe::write(protocol::Bytes bytes) {
  if (finished_ || cut_) return;
  under_way_.insert(under_way_.end(), bytes.begin(), bytes.end());
  if (under_way_.size() > kMaxUnderWay) around_.trace.violation("a side writes without end");
  move();
}

void Pipe::finish() {
  finished_ = true;
  move();
}

void Pipe::cut(Duration unnoticed) {
  if (std::exchange(cut_, true)) return;
  disturbed_ = true;
  under_way_.clear();
  around_.clock.after(unnoticed, [self = shared_from_this()] {
    if (self->reader_ != nullptr) self->reader_->stream_ended();
  });
}

void Pipe::move() {
  if (moving_ || cut_ || reader_ == nullptr || (under_way_.empty() && !finished_)) return;
  moving_ = true;
  around_.clock.after(delay(), [self = shared_from_this()] { self->arrive(); });
}

void Pipe::arrive() {
  moving_ = false;
  if (cut_ || reader_ == nullptr) return;
  if (under_way_.empty()) {
    reader_->stream_ended();
    return;
  }
  std::size_t size = under_way_.size();
  if (around_.choices.one_in(4)) size = 1 + around_.choices.below(256) % size;
  const std::vector<std::uint8_t> piece(under_way_.begin(),
                                        under_way_.begin() + static_cast<std::ptrdiff_t>(size));
  under_way_.erase(under_way_.begin(), under_way_.begin() + static_cast<std::ptrdiff_t>(size));
  reader_->receive(piece);
  move();
}

Duration Pipe::delay() {
  const bool rough = around_.weather == Weather::Rough;
  if (!rough || !around_.choices.one_in(32)) return around_.choices.pick(kUsualDelays);
  const Duration delay = around_.choices.pick(kLongDelays);
  if (delay >= kTrouble) around_.trouble.make();
  disturbed_ = disturbed_ || delay == kLongDelays.back();
  return delay;
}

}  // namespace vscard::tests::simulation
