#pragma once

#include "chardev/lending.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vscard::fakes {

/// What lends a card, as a test says.
class Lent final : public chardev::Lending {
 public:
  std::string pool() const override { return "pool.ci"; }
  std::vector<std::string> labels() const override { return {"type=piv", "room=12"}; }
  std::optional<chardev::Lease> lease() const override { return holding; }
  std::vector<chardev::Waiting> line() const override { return waiting; }
  std::uint64_t lent() const override { return 7; }
  void allow(Leases leases) override { leases_ = leases; }
  Leases allowed() const override { return leases_; }
  bool release() override {
    const bool held = holding.has_value();
    holding.reset();
    return held;
  }

  std::optional<chardev::Lease> holding;
  std::vector<chardev::Waiting> waiting;

 private:
  Leases leases_ = Leases::New;
};

}  // namespace vscard::fakes
