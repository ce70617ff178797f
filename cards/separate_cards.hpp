#pragma once

#include "cards/card_set.hpp"

#include <concepts>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace vscard::cards {

/// Cards that share nothing, and end when they are dropped.
class SeparateCards final : public CardSet {
 public:
  void add(std::unique_ptr<Reader> reader) {
    readers_.push_back(reader.get());
    owned_.push_back(std::move(reader));
  }

  const std::vector<Reader*>& readers() const override { return readers_; }
  bool stop() override { return true; }

 private:
  std::vector<std::unique_ptr<Reader>> owned_;
  std::vector<Reader*> readers_;
};

/// A set of what `make` gives for each of the specs, or its first failure.
template <std::invocable<const CardSpec&> Make>
Result<std::unique_ptr<CardSet>> open_separately(std::span<const CardSpec> specs,
                                                 const Make& make) {
  auto cards = std::make_unique<SeparateCards>();
  for (const CardSpec& spec : specs) {
    auto reader = make(spec);
    if (!reader) return std::unexpected(reader.error());
    cards->add(std::move(*reader));
  }
  return cards;
}

}  // namespace vscard::cards
