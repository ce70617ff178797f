#include "certs-test/key_maker.hpp"

#include <algorithm>
#include <utility>

namespace vscard::certs_test {

KeyMaker::KeyMaker(std::span<const KeyKind> kinds, Interrupted interrupted)
    : interrupted_(std::move(interrupted)) {
  for (const KeyKind kind : kinds)
    jobs_.emplace_back([this, kind] { return make_key(kind, [this] { return ends(); }); });
  const std::size_t cores = std::max(std::thread::hardware_concurrency(), 1U);
  for (std::size_t i = 0; i < std::min(cores, jobs_.size()); ++i)
    threads_.emplace_back([this] { work(); });
}

KeyMaker::~KeyMaker() { stop_.request_stop(); }

/// Also to the end of those that nobody waits for: they fail at once.
void KeyMaker::work() {
  for (std::size_t i = taken_++; i < jobs_.size(); i = taken_++) jobs_[i]();
}

Result<Key> KeyMaker::next() {
  if (interrupted_ && interrupted_()) return std::unexpected(Failure{"interrupted"});
  return jobs_.at(given_++).get_future().get();
}

}  // namespace vscard::certs_test
