#pragma once

#include "async/event.hpp"
#include "protocol/failure.hpp"

#include <functional>

namespace vscard::chardev::nats {

/// What several coroutines of one executor want done, and one of them does: the others wait, and
/// share how it ended.
class SharedTry {
 public:
  using Work = std::move_only_function<Awaitable<Result<>>()>;

  /// This outlives it.
  Awaitable<Result<>> run(Work work);

 private:
  struct End {
    void operator()(SharedTry* self) const;
  };

  bool running_ = false;
  Result<> result_;
  async::Event ended_;
};

}  // namespace vscard::chardev::nats
