#pragma once

#include "async/worker.hpp"

#include <cstddef>
#include <memory>
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
    if (takes == Takes::Moments && *under_way_ == 0) co_return work();
    const Count counted(under_way_);
    co_return co_await on_worker<Result>(worker_, std::move(work));
  }

 private:
  class Count {
   public:
    explicit Count(std::shared_ptr<std::size_t> count) : count_(std::move(count)) { ++*count_; }
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    ~Count() { --*count_; }

   private:
    std::shared_ptr<std::size_t> count_;
  };

  /// Jobs; shared with their coroutines, which may end with the executor, after the worker.
  std::shared_ptr<std::size_t> under_way_ = std::make_shared<std::size_t>(0);
  Worker worker_;
};

}  // namespace vscard::async
