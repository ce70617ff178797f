#pragma once

#include "inspect/seen.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace vscard::inspect {

/// From the program's thread, which must not wait, to the inspector's. What does not fit is dropped
/// and counted. Thread safe.
class Intake {
 public:
  static constexpr std::size_t kMaxBytes =
      std::size_t{16} * 1024 * 1024;  ///< seconds of a busy card

  /// Ready: it is half full, for the first time since the last take().
  enum class State { Quiet, Ready };
  State put(Seen seen);

  struct Taken {
    std::vector<Seen> seen;
    std::uint64_t dropped = 0;  ///< since the take() before; later than what is in `seen`
  };
  Taken take();

 private:
  std::mutex mutex_;
  Taken kept_;
  std::size_t bytes_ = 0;  ///< of kept_
};

}  // namespace vscard::inspect
