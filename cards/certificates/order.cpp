#include "cards/certificates/order.hpp"

#include "cards/certificates/x509.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace vscard::cards::certificates {
namespace {

using Login = Usages::Login;
using Fits = bool (*)(const Usages&);

// For each place, the best first.
constexpr std::array<Fits, 6> kIdentity{
    [](const Usages& it) { return it.signature && it.login == Login::Named; },
    [](const Usages& it) {
      return it.signature && !it.non_repudiation && it.login == Login::Unsaid;
    },
    [](const Usages& it) { return it.signature && it.login == Login::Unsaid; },
    [](const Usages& it) { return it.non_repudiation && it.login == Login::Named; },
    [](const Usages& it) { return it.signature && !it.non_repudiation; },
    [](const Usages& it) { return it.signature; }};
constexpr std::array<Fits, 2> kSigning{[](const Usages& it) { return it.non_repudiation; },
                                       [](const Usages& it) { return it.signature; }};
constexpr std::array<Fits, 2> kEncryption{only_encrypts,
                                          [](const Usages& it) { return it.encryption; }};

class Order {
 public:
  explicit Order(std::span<const Candidate> candidates) : candidates_(candidates) {
    for (std::size_t i = 0; i < candidates.size(); ++i) rest_.push_back(i);
  }

  void take(Role role, std::span<const Fits> best_first) {
    for (const Fits fits : best_first) {
      if (const auto found = best(fits)) {
        std::erase(rest_, *found);
        placed_.push_back({.index = *found, .role = role});
        return;
      }
    }
  }

  std::vector<Placed> finish() {
    for (const std::size_t index : rest_) placed_.push_back({.index = index, .role = Role::Other});
    return std::move(placed_);
  }

 private:
  std::optional<std::size_t> best(Fits fits) const {
    std::optional<std::size_t> first;
    for (const std::size_t index : rest_) {
      if (!fits(candidates_[index].usages)) continue;
      if (candidates_[index].valid) return index;
      if (!first) first = index;
    }
    return first;
  }

  std::span<const Candidate> candidates_;
  std::vector<std::size_t> rest_;  ///< indices, in their order
  std::vector<Placed> placed_;
};

}  // namespace

Candidate candidate_of(const X509& certificate, std::chrono::sys_seconds now) {
  return {.usages = usages_of(certificate), .valid = is_valid_at(validity_of(certificate), now)};
}

std::vector<Placed> by_usage(std::span<const Candidate> candidates) {
  Order order(candidates);
  order.take(Role::Identity, kIdentity);
  order.take(Role::Signing, kSigning);
  order.take(Role::Encryption, kEncryption);
  return order.finish();
}

Role role_at(std::size_t place, const Usages& usages) {
  if (place == 0 && !only_encrypts(usages)) return Role::Identity;
  if (place == 1 && (usages.signature || usages.non_repudiation)) return Role::Signing;
  if (place == 2 && usages.encryption) return Role::Encryption;
  if (only_encrypts(usages)) return Role::Encryption;
  return Role::Other;
}

}  // namespace vscard::cards::certificates
