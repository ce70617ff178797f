#pragma once

#include "async/worker.hpp"

#include <cstddef>
#include <utility>

namespace vscard::async {

/// A worker whose short jobs need no thread: a switch to another one and back costs more than they
/// do. Jobs are done in their order all the same, so that they never meet. Used on one executor.
class OrderedWorker {
 public:
  enum class Takes : bool { Moments, AWhile };

  /// What `work` gives. Done here and now if it takes moments and nothing is under way.
  template <class Result>
  Awaitable<Result> run(Takes takes, std::move_only_function<Result()> work) {
    if (takes == Takes::Moments && under_way_ == 0) co_return work();
    const Count counted(under_way_);
    co_return co_await on_worker<Result>(worker_, std::move(work));
  }

 private:
  class Count {
   public:
    explicit Count(std::size_t& count) : count_(count) { ++count_; }
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    ~Count() { --count_; }

   private:
    std::size_t& count_;
  };

  std::size_t under_way_ = 0;
  Worker worker_;
};

}  // namespace vscard::async
