#include "pcsc-bridge/serve/own_cards.hpp"

#include "async/spawn.hpp"
#include "cards/link/fault_events.hpp"
#include "pcsc-bridge/conf/reader_conf.hpp"
#include "program/log.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vscard::pcsc_bridge::serve {
namespace {

using cards::link::CardLink;

/// How long the cards have for the reset that follows their last use.
constexpr std::chrono::seconds kLastReset{1};

}  // namespace

Result<> OwnCards::open(std::span<const cards::CardSpec> specs, protocol::Duration apdu_timeout) {
  if (specs.empty()) return {};
  const auto executor = io_.get_executor();
  auto opened = cards::open(executor, specs,
                            {.tell = [](const std::string& text) { log::info("{}", text); },
                             .warn = [](const std::string& text) { log::warning("{}", text); },
                             .on_fault = cards::link::publish_faults(watchers_),
                             .apdu_timeout = apdu_timeout},
                            kinds_.table);
  if (!opened) return std::unexpected(opened.error());
  cards_ = std::move(*opened);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    hold(specs[i], *cards_.readers().at(i), apdu_timeout);
    if (auto linked = places_[i].link->open(); !linked) return linked;
    async::spawn(executor, places_[i].link->run(), [link = places_[i].link](const Result<>&) {});
    held_.push_back({.link = places_[i].link.get(), .faults = cards_.faults().at(i).get()});
  }
  return {};
}

void OwnCards::hold(const cards::CardSpec& spec, cards::Reader& reader,
                    protocol::Duration apdu_timeout) {
  Place place;
  const auto make = [&](session::CardSide& card, Notify notify,
                        const std::function<void()>& /*remote_changed*/) {
    auto direct = std::make_unique<DirectLink>(card, std::move(notify), apdu_timeout);
    place.direct = direct.get();
    return direct;
  };
  place.link = std::make_shared<CardLink>(
      io_.get_executor(), cards::link::CardLinkOptions{.name = spec.name}, reader, watchers_, make);
  places_.push_back(std::move(place));
}

Result<> OwnCards::plug(std::size_t card, Service& pcsc, const std::string& reader) {
  const Place& place = places_.at(card);
  return pcsc.add_reader(reader, std::shared_ptr<DirectLink>(place.link, place.direct));
}

void OwnCards::lose_reader(const std::string& reader) {
  std::erase_if(held_, [&reader](const cards::link::HeldCard& card) {
    return conf::reader_name(card.link->name()) == reader;
  });
}

bool OwnCards::busy() const {
  return std::ranges::any_of(places_, [](const Place& place) { return place.link->busy(); });
}

bool OwnCards::end() {
  for (const Place& place : places_) place.link->leave();
  const auto limit = protocol::Clock::now() + kLastReset;
  io_.restart();
  while (busy() && io_.run_one_until(limit) > 0) continue;
  return !busy() && cards_.stop();
}

}  // namespace vscard::pcsc_bridge::serve
