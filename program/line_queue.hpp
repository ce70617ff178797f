#pragma once

#include "async/event.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace vscard::program {

/// Lines from a side that must not wait to a side that may be slow. A line that does not fit is
/// dropped and counted. After the lines that were queued before, the slow side gets
///
///     {"event":"dropped","count":17}
///
/// The lines that it begins with are beside the limit: they show what exists, and that bounds them.
/// Not thread safe. One coroutine takes.
class LineQueue {
 public:
  static constexpr std::size_t kMaxQueued = std::size_t{256} * 1024;  ///< bytes, beside the first

  /// `first` are whole lines, each with its newline: what take() gives ahead of all others.
  explicit LineQueue(std::string first = {})
      : queued_(std::move(first)), first_size_(queued_.size()) {}

  /// `line` has no newline. After close() it is dropped, too.
  void push(std::string_view line);
  /// No line follows: take() gives what is queued, then nothing.
  void close();
  bool closed() const { return closed_; }
  Awaitable<void> wait_closed();

  /// All queued lines, each with its newline; waits until there is one.
  Awaitable<std::optional<std::string>> take();

 private:
  std::string queued_;
  std::size_t first_size_;     ///< bytes of the first lines, while they are queued
  std::uint64_t dropped_ = 0;  ///< while it is not 0, every line is dropped: the order is kept
  bool closed_ = false;
  async::Event changed_;
};

}  // namespace vscard::program
