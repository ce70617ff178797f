#include "tests/simulation/sight_oracle.hpp"

#include <algorithm>

namespace vscard::tests::simulation {

void SightOracle::sees_slot(bool card) {
  if (!card) {
    check(around_.trouble.lasts(), "the guest sees a card go to which nothing has happened");
    looks_away();
    return;
  }
  const auto known = past_.begin() + static_cast<std::ptrdiff_t>(known_);
  const auto seen = std::find_if(known, past_.end(), [](const auto& it) { return it.has_value(); });
  check(seen != past_.end(), "the guest sees a card where there is none");
  if (seen != past_.end()) known_ = static_cast<std::size_t>(seen - past_.begin());
}

void SightOracle::powered(protocol::Bytes atr) {
  const auto is_it = [atr](const auto& it) { return it && std::ranges::equal(it->bytes(), atr); };
  const auto known = past_.begin() + static_cast<std::ptrdiff_t>(known_);
  const auto first = std::find_if(known, past_.end(), is_it);
  if (first == past_.end()) {
    check(false, "the guest powers a card that is not there, or not any more");
    return;
  }
  known_ = static_cast<std::size_t>(first - past_.begin());
  const auto last = std::find_if(past_.rbegin(), past_.rend(), is_it);
  powered_ = static_cast<std::size_t>(past_.rend() - last) - 1;
  check(last_card_.value_or(kind_of(atr)) == kind_of(atr) || gaps_ != gaps_before_last_card_,
        "one card becomes another before the guest's eyes");
  last_card_ = kind_of(atr);
  gaps_before_last_card_ = gaps_when_asked_;
}

void SightOracle::check(bool right, const char* rule) {
  if (!right) around_.trace.violation(rule);
}

}  // namespace vscard::tests::simulation
