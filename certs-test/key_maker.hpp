#pragma once

#include "certs-test/x509.hpp"

#include <atomic>
#include <cstddef>
#include <future>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

namespace vscard::certs_test {

/// Makes keys on all cores, ahead of who asks for them: RSA keys are searched for, and that takes
/// most of the time of a card.
class KeyMaker {
 public:
  /// `interrupted` is called on several threads; it may be empty.
  KeyMaker(std::span<const KeyKind> kinds, Interrupted interrupted);
  KeyMaker(const KeyMaker&) = delete;
  KeyMaker& operator=(const KeyMaker&) = delete;
  ~KeyMaker();

  /// In the order of `kinds`, each once. Waits for it.
  Result<Key> next();

 private:
  using Job = std::packaged_task<Result<Key>()>;

  bool ends() const { return stop_.stop_requested() || (interrupted_ && interrupted_()); }
  void work();

  Interrupted interrupted_;
  std::vector<Job> jobs_;
  std::atomic<std::size_t> taken_ = 0;
  std::size_t given_ = 0;
  std::stop_source stop_;
  std::vector<std::jthread> threads_;  ///< last: they use the others
};

}  // namespace vscard::certs_test
