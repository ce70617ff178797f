#pragma once

#include "async/spawn.hpp"
#include "cards/card_set.hpp"
#include "cards/kinds.hpp"
#include "cards/pcsc/kind.hpp"
#include "tests/fakes/cards.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vscard::test {

using Strings = std::vector<std::string>;

/// Cards that are opened as a program does it, and what their user and their host see.
class OpenedCards : public testing::Test {
 protected:
  /// As --card has them. "" or the line for the user.
  std::string open(const Strings& cards) {
    std::vector<cards::CardSpec> specs;
    for (const std::string& card : cards) {
      specs.push_back(cards::parse_card_spec(card).value());
      specs.back().name = "card" + std::to_string(specs.size());
    }
    auto opened =
        cards::pcsc::open(io_.get_executor(), specs,
                          {.tell = [this](const std::string& line) { told_.push_back(line); },
                           .warn = [this](const std::string& line) { warnings_.push_back(line); }});
    if (!opened) return opened.error().text;
    cards_ = std::move(*opened);
    for (std::size_t i = 0; i < specs.size(); ++i) {
      cards_->readers().at(i)->watch([this, i](const cards::CardEvent& event) { note(i, event); });
    }
    return "";
  }
  /// Until the event, such as "0 inserted", has come; forgets it and those before.
  void wait_for(const std::string& event) {
    while (std::ranges::find(events_, event) == events_.end()) io_.run_one();
    events_.clear();
  }

  /// The response, or "no card", "failed".
  std::string transmit(const std::string& hex = fakes::kSelect, std::size_t reader = 0) {
    std::optional<std::string> result;
    start(hex, result, reader);
    while (!result) io_.run_one();
    return *result;
  }
  /// A command whose response comes later.
  void start(const std::string& hex, std::optional<std::string>& result, std::size_t reader = 0) {
    async::spawn(io_.get_executor(), cards_->readers().at(reader)->transmit(fakes::secret(hex)),
                 [&result](std::expected<protocol::SecretBytes, cards::CardError> response) {
                   result = response ? fakes::to_hex(response->view()) : text_of(response.error());
                 });
  }
  /// The ATR, or "no card", "failed".
  std::string reset() {
    std::optional<std::string> result;
    async::spawn(io_.get_executor(), cards_->readers().at(0)->reset(cards::PowerAction::ColdReset),
                 [&result](std::expected<protocol::iso7816::Atr, cards::CardError> atr) {
                   result = atr ? fakes::to_hex(atr->bytes()) : text_of(atr.error());
                 });
    while (!result) io_.run_one();
    return *result;
  }

  asio::io_context io_{1};
  Strings told_;
  Strings warnings_;
  Strings events_;
  std::unique_ptr<cards::CardSet> cards_;

 private:
  static std::string text_of(cards::CardError error) {
    return error == cards::CardError::NoCard ? "no card" : "failed";
  }
  void note(std::size_t reader, const cards::CardEvent& event) {
    constexpr std::array kNames{"inserted", "removed", "reset"};
    events_.push_back(std::to_string(reader) + " " + kNames.at(event.index()));
  }

  // The readers wait for events of the other threads.
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
};

}  // namespace vscard::test
