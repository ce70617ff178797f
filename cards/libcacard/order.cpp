#include "cards/libcacard/order.hpp"

#include "cards/libcacard/fitness.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <tuple>

namespace vscard::cards::libcacard {
namespace {

using Certificates = std::vector<Certificate>;
using Condition = std::function<bool(const Certificate&)>;

bool may_have_its_key(const Certificate& it) { return it.key_presence != KeyPresence::Missing; }
bool signs(const Certificate& it) { return it.usages.signature; }
bool logs_in(const Certificate& it) { return it.usages.signature && it.usages.login; }
bool only_signs(const Certificate& it) { return it.usages.signature && !it.usages.non_repudiation; }
bool signs_documents(const Certificate& it) { return it.usages.non_repudiation; }
bool decrypts(const Certificate& it) { return it.usages.encryption; }

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

/// Takes the first with the condition out of `from`; false if there is none.
bool take(Certificates& from, const Condition& condition, Certificates& to) {
  const auto found = std::ranges::find_if(from, condition);
  if (found == from.end()) return false;
  to.push_back(std::move(*found));
  from.erase(found);
  return true;
}

/// One that works comes before one that says better what it is for.
void take_identity(Certificates& from, const Condition& works, Certificates& to) {
  const std::array<Condition, 5> best_first{
      [&](const auto& it) { return works(it) && logs_in(it); },
      [&](const auto& it) { return works(it) && only_signs(it); },
      [&](const auto& it) { return works(it) && signs(it); }, logs_in, signs};
  std::ranges::any_of(best_first, [&](const auto& it) { return take(from, it, to); });
}

}  // namespace

Result<Certificates> choose_by_usage(const Collection& from, std::chrono::sys_seconds now) {
  Certificates rest;
  std::ranges::copy_if(from.certificates, std::back_inserter(rest), may_have_its_key);
  if (rest.empty()) return std::unexpected(no_key(from));
  drop_authorities(rest);
  drop_older(rest, now);
  const auto works = [&](const Certificate& it) { return troubles_of(it, now).empty(); };
  std::ranges::sort(rest, {}, [&](const Certificate& it) {
    return std::tuple(!works(it), it.nickname, it.sha256);
  });
  Certificates ordered;
  take_identity(rest, works, ordered);
  take(rest, signs_documents, ordered);
  take(rest, decrypts, ordered);
  std::ranges::move(rest, std::back_inserter(ordered));
  return ordered;
}

}  // namespace vscard::cards::libcacard
