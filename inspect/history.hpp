#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace vscard::inspect {

struct HistoryLimits {
  std::size_t lines = 200'000;  ///< 100,000 commands and their responses
  std::size_t bytes = std::size_t{128} * 1024 * 1024;
};

/// The last lines, for pages that come later and for those that are slow: a page is a position in
/// it. Old lines make room for new ones, and a page whose position has gone is told how many it has
/// missed.
class History {
 public:
  explicit History(HistoryLimits limits = {}) : limits_(limits) {}

  /// `line` has no newline.
  void add(std::string line);

  struct Part {
    std::string text;          ///< whole lines, each with its newline; empty: there are none yet
    std::uint64_t next = 0;    ///< the position behind them
    std::uint64_t missed = 0;  ///< lines that have gone before the first of them
  };
  /// What follows a position, which begins with 0: a line at least, and no further one beyond
  /// `most` bytes. A position that was never reached counts as the end.
  Part after(std::uint64_t position, std::size_t most) const;

 private:
  HistoryLimits limits_;
  std::deque<std::string> lines_;
  std::uint64_t first_ = 0;  ///< the position before the first line
  std::size_t bytes_ = 0;
};

}  // namespace vscard::inspect
