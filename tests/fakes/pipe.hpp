#pragma once

#include "async/event.hpp"
#include "chardev/stream.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vscard::fakes {

/// How a stream treats the end that it is given to.
struct StreamFaults {
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  std::size_t read_at_most = kNone;    ///< bytes that a read gives: parted
  std::size_t takes_at_once = kNone;   ///< bytes that write_now() takes in all; write() takes more
  std::size_t room = kNone;            ///< bytes that may wait for the other end: narrow; 0: nobody
                                       ///< reads
  std::size_t hangs_up_after = kNone;  ///< bytes that were read; then the other end has closed
};

/// One end of two that are joined in memory. What one writes the other reads, all at once or as its
/// faults have it. To be used on one executor.
class PipeEnd final : public chardev::Stream {
 public:
  struct Half;

  PipeEnd(std::shared_ptr<Half> incoming, std::shared_ptr<Half> outgoing, StreamFaults faults,
          std::string remote);
  ~PipeEnd() override { close(); }

  Awaitable<std::expected<std::size_t, std::error_code>> read(
      std::span<std::uint8_t> into) override;
  /// Waits while there is no room.
  Awaitable<std::error_code> write(protocol::Bytes bytes) override;
  std::size_t write_now(protocol::Bytes bytes) override;
  void quick_ack() override { ++quick_acks_; }
  void close() override;
  std::string remote() const override { return remote_; }

  int quick_acks() const { return quick_acks_; }
  /// Bytes that this end has written and the other has not read.
  std::size_t unread() const;
  /// Two reads or two writes were under way at a time, or a write_now() during a write.
  bool misused() const { return misused_; }

 private:
  std::size_t room() const;
  std::size_t append(protocol::Bytes bytes);

  std::shared_ptr<Half> incoming_;
  std::shared_ptr<Half> outgoing_;
  StreamFaults faults_;
  std::string remote_;
  std::size_t read_ = 0;           ///< bytes
  std::size_t taken_at_once_ = 0;  ///< bytes
  int quick_acks_ = 0;
  bool closed_ = false;
  bool misused_ = false;
};

/// `faults` are those of the first.
std::pair<std::unique_ptr<PipeEnd>, std::unique_ptr<PipeEnd>> make_pipe(StreamFaults faults = {});

/// All that comes until the stream ends; what ended it is in `error`.
Awaitable<std::vector<std::uint8_t>> read_to_end(chardev::Stream& stream, std::error_code& error);
/// Exactly so many bytes; throws std::system_error when the stream ends before.
Awaitable<std::vector<std::uint8_t>> read_exactly(chardev::Stream& stream, std::size_t size);

}  // namespace vscard::fakes
