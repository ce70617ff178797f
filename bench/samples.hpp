#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

namespace vscard::bench {

/// How long each round trip of one kind took.
class Samples {
 public:
  /// Repeats the round trip for `length`, at least once, after a tenth of that to warm up.
  void collect(std::chrono::milliseconds length, const std::function<void()>& round_trip);

  /// One that was measured elsewhere.
  void add(std::chrono::nanoseconds time);

  std::size_t count() const { return microseconds_.size(); }
  /// Microseconds; `part` is from 0 to 1, 0.5 gives the median. Precondition: count() > 0.
  double quantile(double part) const;

 private:
  std::vector<double> microseconds_;
};

}  // namespace vscard::bench
