#include "tests/fakes/pipe.hpp"

#include "async/error.hpp"

#include <algorithm>
#include <array>
#include <deque>

namespace vscard::fakes {

/// What goes one way.
struct PipeEnd::Half {
  std::deque<std::uint8_t> bytes;
  bool written_to_end = false;  ///< the writing end is closed
  bool read_to_end = false;     ///< the reading end is
  bool being_read = false;
  bool being_written = false;
  async::Event changed;
};

namespace {

/// Something is under way as long as this is there, which may be longer than the end of the pipe.
struct UnderWay {
  explicit UnderWay(std::shared_ptr<PipeEnd::Half> pipe, bool PipeEnd::Half::* what)
      : half(std::move(pipe)), flag(what) {
    (*half).*flag = true;
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  ~UnderWay() { (*half).*flag = false; }

  std::shared_ptr<PipeEnd::Half> half;
  bool PipeEnd::Half::* flag;
};

}  // namespace

PipeEnd::PipeEnd(std::shared_ptr<Half> incoming, std::shared_ptr<Half> outgoing,
                 StreamFaults faults, std::string remote)
    : incoming_(std::move(incoming)),
      outgoing_(std::move(outgoing)),
      faults_(faults),
      remote_(std::move(remote)) {}

Awaitable<std::expected<std::size_t, std::error_code>> PipeEnd::read(std::span<std::uint8_t> into) {
  const auto half = incoming_;  // this object may end while it waits
  misused_ = half->being_read || misused_;
  const UnderWay reading(half, &Half::being_read);
  while (!closed_ && half->bytes.empty() && !half->written_to_end && !half->read_to_end &&
         read_ < faults_.hangs_up_after) {
    co_await half->changed.wait();
    if (half->read_to_end) co_return std::unexpected(async::aborted());
  }
  if (half->read_to_end) co_return std::unexpected(async::aborted());
  const std::size_t size = std::min(
      {into.size(), half->bytes.size(), faults_.read_at_most, faults_.hangs_up_after - read_});
  if (size == 0) co_return std::unexpected(async::end_of_stream());
  std::copy_n(half->bytes.begin(), size, into.begin());
  half->bytes.erase(half->bytes.begin(), half->bytes.begin() + static_cast<std::ptrdiff_t>(size));
  read_ += size;
  half->changed.notify();
  co_return size;
}

std::size_t PipeEnd::room() const {
  return faults_.room - std::min(faults_.room, outgoing_->bytes.size());
}

std::size_t PipeEnd::unread() const { return outgoing_->bytes.size(); }

std::size_t PipeEnd::write_now(protocol::Bytes bytes) {
  misused_ = misused_ || outgoing_->being_written;
  const std::size_t size =
      append(bytes.first(std::min(bytes.size(), faults_.takes_at_once - taken_at_once_)));
  taken_at_once_ += size;
  return size;
}

std::size_t PipeEnd::append(protocol::Bytes bytes) {
  if (closed_ || outgoing_->read_to_end) return 0;
  const std::size_t size = std::min(bytes.size(), room());
  outgoing_->bytes.insert(outgoing_->bytes.end(), bytes.begin(),
                          bytes.begin() + static_cast<std::ptrdiff_t>(size));
  if (size > 0) outgoing_->changed.notify();
  return size;
}

Awaitable<std::error_code> PipeEnd::write(protocol::Bytes bytes) {
  const auto half = outgoing_;
  misused_ = half->being_written || misused_;
  const UnderWay writing(half, &Half::being_written);
  while (!half->written_to_end) {
    if (!half->read_to_end) bytes = bytes.subspan(append(bytes));
    if (bytes.empty() || half->read_to_end) {
      co_return half->read_to_end ? std::make_error_code(std::errc::broken_pipe)
                                  : std::error_code();
    }
    co_await half->changed.wait();
  }
  co_return async::aborted();
}

void PipeEnd::close() {
  closed_ = true;
  incoming_->read_to_end = true;
  incoming_->changed.notify();
  outgoing_->written_to_end = true;
  outgoing_->changed.notify();
}

std::pair<std::unique_ptr<PipeEnd>, std::unique_ptr<PipeEnd>> make_pipe(StreamFaults faults) {
  auto there = std::make_shared<PipeEnd::Half>();
  auto back = std::make_shared<PipeEnd::Half>();
  return {std::make_unique<PipeEnd>(back, there, faults, "pipe:1"),
          std::make_unique<PipeEnd>(there, back, StreamFaults{}, "pipe:2")};
}

Awaitable<std::vector<std::uint8_t>> read_to_end(chardev::Stream& stream, std::error_code& error) {
  std::vector<std::uint8_t> all;
  std::array<std::uint8_t, 4096> buffer{};
  while (true) {
    const auto size = co_await stream.read(buffer);
    if (!size) {
      error = size.error();
      co_return all;
    }
    all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
  }
}

Awaitable<std::vector<std::uint8_t>> read_exactly(chardev::Stream& stream, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t at = 0; at < size;) {
    const auto read = co_await stream.read(std::span(bytes).subspan(at));
    if (!read) throw std::system_error(read.error());
    at += *read;
  }
  co_return bytes;
}

}  // namespace vscard::fakes
