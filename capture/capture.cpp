#include "capture/capture.hpp"

#include "async/sleep.hpp"
#include "program/log.hpp"

#include <chrono>
#include <future>
#include <utility>

namespace vscard::capture {
namespace {

constexpr const char* kApplication = "vscard " VSCARD_VERSION;
/// How long packets are gathered for one call of write(2): who looks on does not notice.
constexpr std::chrono::milliseconds kGather{50};

}  // namespace

Capture::Capture(const Spec& spec)
    : path_(spec.file.string()),
      recorder_(kApplication, spec.max_size),
      files_(spec.file, spec.files) {}

Result<> Capture::open() {
  auto written = write(recorder_.take());
  if (!written) return std::unexpected(written.error().about("capture"));
  log::info("capturing into {}; PINs and keys are blank in it", path_);
  return {};
}

Awaitable<void> Capture::run() {
  while (!failed_) {
    while (recorder_.empty()) co_await added_.wait();
    co_await async::sleep(kGather);
    writing_ = recorder_.take();
    std::move_only_function<Result<>()> job = [this] { return write(writing_); };
    auto writing = async::on_worker<Result<>>(worker_, std::move(job));
    const Result<> written = co_await std::move(writing);
    recorder_.reuse(std::exchange(writing_, {}));
    if (!written) give_up(written.error());
  }
}

/// The worker does one job after the other: this is the last one.
void Capture::close() {
  if (failed_) return;
  recorder_.finish(now());
  std::promise<Result<>> done;
  worker_.post([this, &done] { done.set_value(write(recorder_.take())); });
  if (const Result<> written = done.get_future().get(); !written) give_up(written.error());
  tell_dropped();
}

InterfaceId Capture::add(InterfaceBlock interface, Recorder::Opening opening) {
  if (failed_) return {};
  if (recorder_.empty()) added_.notify();
  return recorder_.add(std::move(interface), std::move(opening));
}

void Capture::remove(InterfaceId id) {
  if (!failed_) recorder_.remove(id, now());
}

void Capture::add(InterfaceId id, const Recorder::Packet& packet) {
  if (failed_) return;
  if (recorder_.empty()) added_.notify();
  recorder_.add(id, packet);
}

Result<> Capture::write(const Recorder::Pieces& pieces) {
  for (const Recorder::Piece& piece : pieces) {
    if (piece.begins_file) {
      if (auto begun = files_.begin(); !begun) return begun;
    }
    if (auto written = files_.write(piece.bytes); !written) return written;
  }
  return {};
}

void Capture::give_up(const Failure& failure) {
  failed_ = true;
  static_cast<void>(recorder_.take());
  log::error("capture: {}; nothing more is captured", failure.text);
}

void Capture::tell_dropped() const {
  if (recorder_.dropped() == 0) return;
  log::warning("capture: {} packets are missing in {}: the disk was too slow", recorder_.dropped(),
               path_);
}

}  // namespace vscard::capture
