#include "cards/pcsc/readers.hpp"

#include "cards/pcsc/kind.hpp"
#include "cards/pcsc/options.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace vscard::cards::pcsc {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kStopPatience = 2s;

std::string quoted(const std::string& text) { return "'" + text + "'"; }

std::string why(const Place& place) {
  if (!place.wanted) return "the first one with a card";
  if (place.wanted == place.reader) return "named";
  return "the first one with a card that matches " + quoted(*place.wanted);
}

std::string waiting_for(const Place& place, const ReaderStates& states) {
  std::string text = "waiting for a reader with a card";
  if (place.wanted) text = "waiting for a reader " + quoted(*place.wanted) + " with a card";
  std::string names;
  for (const auto& state : states) names += (names.empty() ? "" : ", ") + quoted(state.name);
  return text + "; there " + (names.empty() ? "is no reader" : "are " + names);
}

/// A pattern may be used twice, for two readers.
Result<> check_different(std::span<const CardSpec> specs) {
  std::vector<std::string> named;
  for (const CardSpec& spec : specs) {
    const auto reader = options_of(spec).reader;
    if (!reader || reader->find_first_of("*?[") != std::string::npos) continue;
    if (std::ranges::find(named, *reader) != named.end()) {
      return std::unexpected(Failure{"two cards cannot use the same reader: " + quoted(*reader)});
    }
    named.push_back(*reader);
  }
  return {};
}

std::vector<Place> places_of(std::span<const CardSpec> specs) {
  std::vector<Place> places;
  for (const CardSpec& spec : specs) {
    places.push_back({.wanted = options_of(spec).reader, .reader = std::nullopt});
  }
  return places;
}

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  if (const auto checked = check_different(specs); !checked) {
    return std::unexpected(checked.error());
  }
  return std::make_unique<Readers>(executor, specs, options);
}

Readers::Readers(const asio::any_io_executor& executor, std::span<const CardSpec> specs,
                 const OpenOptions& options)
    : executor_(executor),
      tell_(options.tell),
      warn_(options.warn),
      places_(places_of(specs)),
      watcher_([this](const Answer<ReaderStates>& states) {
        asio::post(executor_, [this, states] { update(states); });
      }) {
  // The watcher's reports come by the executor, which does not run yet.
  for (const CardSpec& spec : specs) {
    names_.push_back(spec.name);
    owned_.push_back(std::make_unique<Reader>(executor, options_of(spec), warn_,
                                              [this] { return watcher_.hears(); }));
    readers_.push_back(owned_.back().get());
  }
}

bool Readers::stop() { return watcher_.stop(kStopPatience); }

void Readers::update(const Answer<ReaderStates>& states) {
  if (!states) {
    if (!std::exchange(lost_, true)) warn_(pcsc::explain(states.error()) + "; trying again");
    for (const auto& reader : owned_) reader->update(nullptr);
    return;
  }
  if (std::exchange(lost_, false)) tell_("PC/SC: pcscd is running");
  choose(*states);
  for (std::size_t i = 0; i < owned_.size(); ++i) {
    const auto state = std::ranges::find_if(
        *states, [this, i](const ReaderState& it) { return places_[i].reader == it.name; });
    owned_[i]->update(state == states->end() ? nullptr : &*state);
  }
}

void Readers::choose(const ReaderStates& states) {
  const std::vector<Place> before = places_;
  choose_readers(places_, states);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[i];
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
