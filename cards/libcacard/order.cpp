#include "cards/libcacard/order.hpp"

#include "cards/certificates/order.hpp"
#include "cards/libcacard/fitness.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace vscard::cards::libcacard {
namespace {

using Certificates = std::vector<Certificate>;

bool may_have_its_key(const Certificate& it) { return it.key_presence != KeyPresence::Missing; }

Failure no_key(const Collection& from) {
  return "no certificate in " + from.place + " has its key; it has " + names_of(from.certificates) +
         "; import a certificate with its key: pk12util -i FILE.p12 -d sql:DIR";
}

/// A CA's own certificate is not for a card; but a person's may be self-signed, and be a CA's by
/// that.
void drop_authorities(Certificates& certificates) {
  if (std::ranges::all_of(certificates, &Certificate::authority)) return;
  std::erase_if(certificates, [](const Certificate& it) { return it.authority; });
}

/// Takes those that can work at some place out of `from`.
Certificates take_able(Certificates& from) {
  Certificates able;
  Certificates unable;
  for (Certificate& it : from) (defects_of(it).empty() ? able : unable).push_back(std::move(it));
  from = std::move(unable);
  return able;
}

void append_by_usage(Certificates from, std::chrono::sys_seconds now, Certificates& to) {
  std::vector<certificates::Candidate> candidates;
  for (const Certificate& it : from) {
    candidates.push_back({.usages = it.usages, .valid = is_valid_at(it.validity, now)});
  }
  for (const auto& placed : certificates::by_usage(candidates)) {
    to.push_back(std::move(from[placed.index]));
  }
}

}  // namespace

Result<Certificates> choose_by_usage(const Collection& from, std::chrono::sys_seconds now) {
  Certificates rest;
  std::ranges::copy_if(from.certificates, std::back_inserter(rest), may_have_its_key);
  if (rest.empty()) return std::unexpected(no_key(from));
  drop_authorities(rest);
  drop_older(rest, now);
  std::ranges::sort(rest, {},
                    [](const Certificate& it) { return std::tie(it.nickname, it.sha256); });
  Certificates ordered;
  append_by_usage(take_able(rest), now, ordered);
  append_by_usage(std::move(rest), now, ordered);
  return ordered;
}

}  // namespace vscard::cards::libcacard
