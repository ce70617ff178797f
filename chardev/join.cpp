#include "chardev/join.hpp"

#include "async/error.hpp"
#include "async/event.hpp"
#include "async/first_of.hpp"
#include "protocol/secret.hpp"

#include <utility>

namespace vscard::chardev {
namespace {

using protocol::Clock;

constexpr std::size_t kPieceSize = std::size_t{16} * 1024;  ///< bytes

class Joint {
 public:
  Joint(Stream& one, Stream& other, protocol::Duration half_open)
      : one_(one), other_(other), half_open_(half_open) {}

  Awaitable<Result<>> run() {
    auto there = pass(one_, other_);
    auto back = pass(other_, one_);
    auto end = watch();
    auto both = async::all_of(std::move(there), std::move(back));
    co_await async::first_of(std::move(both), std::move(end));
    co_return failed_;
  }

 private:
  Awaitable<void> pass(Stream& from, Stream& to);
  Awaitable<void> watch();
  void note_end(const Stream& from, const std::error_code& why, Stream& to);
  void fail(const Stream& stream, const std::error_code& why);

  Stream& one_;
  Stream& other_;
  protocol::Duration half_open_;
  protocol::Time heard_{};  ///< the last time that a byte came
  bool half_ = false;       ///< one has said all
  bool over_ = false;
  Result<> failed_;
  async::Event changed_;
};

Awaitable<void> Joint::pass(Stream& from, Stream& to) {
  auto piece = protocol::SecretBytes::zeros(kPieceSize);
  while (!over_) {
    const auto size = co_await from.read(piece.data());
    if (!size) co_return note_end(from, size.error(), to);
    heard_ = Clock::now();
    const std::error_code error = co_await to.write(piece.view().first(*size));
    if (error) co_return fail(to, error);
  }
}

/// Until it is over.
Awaitable<void> Joint::watch() {
  while (!over_) {
    const protocol::Time limit = half_ ? heard_ + half_open_ : protocol::Time::max();
    over_ = Clock::now() >= limit;
    if (!over_) co_await changed_.wait_until(limit);
  }
}

void Joint::note_end(const Stream& from, const std::error_code& why, Stream& to) {
  if (why != async::end_of_stream()) {
    fail(from, why);
    return;
  }
  over_ |= half_;
  to.finish();
  half_ = true;
  heard_ = Clock::now();
  changed_.notify();
}

void Joint::fail(const Stream& stream, const std::error_code& why) {
  const bool has_left = half_ && closed_by_remote(why);
  if (!over_ && !has_left) failed_ = std::unexpected(stream.remote() + ": " + why.message());
  over_ = true;
  changed_.notify();
}

}  // namespace

Awaitable<Result<>> join(Stream& one, Stream& other, protocol::Duration half_open) {
  Joint joint(one, other, half_open);
  co_return co_await joint.run();
}

}  // namespace vscard::chardev
