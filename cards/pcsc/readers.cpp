#include "cards/pcsc/readers.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace vscard::cards::pcsc {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kStopPatience = 2s;

std::string quoted(const std::string& text) { return "'" + text + "'"; }

std::string why(const PcscPlace& place) {
  if (!place.card.reader) return "the first one with a card";
  if (place.card.reader == place.reader) return "named";
  return "the first one with a card that matches " + quoted(*place.card.reader);
}

std::string waiting_for(const PcscPlace& place, const pcsc::ReaderStates& states) {
  std::string text = "waiting for a reader with a card";
  if (place.card.reader)
    text = "waiting for a reader " + quoted(*place.card.reader) + " with a card";
  std::string names;
  for (const auto& state : states) names += (names.empty() ? "" : ", ") + quoted(state.name);
  return text + "; there " + (names.empty() ? "is none at all" : "are " + names);
}

/// A pattern may be used twice, for two readers.
vscard::Result<> check_different(const std::vector<CardSpec>& cards) {
  for (auto card = cards.begin(); card != cards.end(); ++card) {
    const auto& reader = std::get<PcscCard>(card->kind).reader;
    if (!reader || reader->find_first_of("*?[") != std::string::npos) continue;
    const auto same = [&reader](const CardSpec& other) {
      return std::get<PcscCard>(other.kind).reader == reader;
    };
    if (std::any_of(cards.begin(), card, same)) {
      return std::unexpected("two cards cannot be in one reader: " + quoted(*reader));
    }
  }
  return {};
}

}  // namespace

vscard::Result<std::unique_ptr<PcscReaders>> PcscReaders::open(
    const asio::any_io_executor& executor, const std::vector<CardSpec>& cards, Say tell, Say warn) {
  const auto checked = check_different(cards);
  if (!checked) return std::unexpected(checked.error());
  return std::unique_ptr<PcscReaders>(
      new PcscReaders(executor, cards, std::move(tell), std::move(warn)));
}

PcscReaders::PcscReaders(const asio::any_io_executor& executor, const std::vector<CardSpec>& cards,
                         Say tell, Say warn)
    : executor_(executor),
      tell_(std::move(tell)),
      warn_(std::move(warn)),
      places_([&cards] {
        std::vector<PcscPlace> places;
        for (const CardSpec& card : cards) places.push_back({std::get<PcscCard>(card.kind), {}});
        return places;
      }()),
      watcher_([this](const pcsc::Result<pcsc::ReaderStates>& states) {
        asio::post(executor_, [this, states] { update(states); });
      }) {
  // The watcher's reports come by the executor, which does not run yet.
  for (const CardSpec& card : cards) {
    names_.push_back(card.name);
    owned_.push_back(std::make_unique<PcscReader>(executor, std::get<PcscCard>(card.kind), warn_));
    readers_.push_back(owned_.back().get());
  }
}

bool PcscReaders::stop() { return watcher_.stop(kStopPatience); }

void PcscReaders::update(const pcsc::Result<pcsc::ReaderStates>& states) {
  if (!states) {
    if (!std::exchange(lost_, true)) warn_(pcsc::explain(states.error()) + "; trying again");
    for (const auto& reader : owned_) reader->update(nullptr);
    return;
  }
  if (std::exchange(lost_, false)) tell_("PC/SC: pcscd is there");
  choose(*states);
  for (std::size_t i = 0; i < owned_.size(); ++i) {
    const auto state = std::ranges::find_if(
        *states, [this, i](const pcsc::ReaderState& it) { return places_[i].reader == it.name; });
    owned_[i]->update(state == states->end() ? nullptr : &*state);
  }
}

void PcscReaders::choose(const pcsc::ReaderStates& states) {
  const std::vector<PcscPlace> before = places_;
  choose_readers(places_, states);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const PcscPlace& place = places_[i];
    if (place.reader && !before[i].reader) {
      tell_(names_[i] + ": reader " + quoted(*place.reader) + ", " + why(place));
      owned_[i]->bind(*place.reader);
    } else if (!place.reader && !told_waiting_) {
      tell_(names_[i] + ": " + waiting_for(place, states));
    }
  }
  told_waiting_ = true;
}

}  // namespace vscard::cards::pcsc
