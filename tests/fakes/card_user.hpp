#pragma once

#include "async/event.hpp"
#include "async/spawn.hpp"
#include "cards/reader.hpp"
#include "tests/fakes/cards.hpp"
#include "tests/fakes/hex.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace vscard::fakes {

/// Who uses a cards::Reader: sends commands, and notes in words what it hears.
class CardUser {
 public:
  CardUser(asio::io_context& io, cards::Reader& reader) : io_(io), reader_(reader) {
    reader_.watch([this](const cards::CardEvent& event) { note(in_words(event)); });
  }

  /// The answer is noted when it comes, as are those below: "9000", "no card", "failed".
  void send(const std::string& hex) {
    async::spawn(io_.get_executor(), reader_.transmit(secret(hex)), [this](auto response) {
      note(response ? to_hex(response->view()) : in_words(response.error()));
    });
  }
  /// "atr 3b00"
  void reset(cards::PowerAction action = cards::PowerAction::ColdReset) {
    async::spawn(io_.get_executor(), reader_.reset(action), [this](auto atr) {
      note(atr ? "atr " + to_hex(atr->bytes()) : in_words(atr.error()));
    });
  }

  /// Runs until so much has been heard, at most some seconds; what was heard. Forgets it.
  std::vector<std::string> hears(std::size_t count) {
    const auto limit = protocol::Clock::now() + std::chrono::seconds(20);
    io_.restart();
    while (heard_.size() < count && io_.run_one_until(limit) > 0) continue;
    return std::exchange(heard_, {});
  }
  /// The answer to one command.
  std::string answer(const std::string& hex) {
    send(hex);
    const auto heard = hears(1);
    return heard.empty() ? "nothing" : heard.back();
  }
  /// Runs what is ready; what was heard.
  std::vector<std::string> hears_now() {
    io_.restart();
    io_.poll();
    return std::exchange(heard_, {});
  }

 private:
  void note(std::string words) { heard_.push_back(std::move(words)); }
  static std::string in_words(cards::CardError error) {
    return error == cards::CardError::NoCard ? "no card" : "failed";
  }
  /// "inserted 3b00", "removed", "reset 3b00"
  static std::string in_words(const cards::CardEvent& event) {
    if (const auto* inserted = std::get_if<cards::CardInserted>(&event)) {
      return "inserted " + to_hex(inserted->atr.bytes());
    }
    if (const auto* reset = std::get_if<cards::CardReset>(&event)) {
      return "reset " + to_hex(reset->atr.bytes());
    }
    return "removed";
  }

  asio::io_context& io_;
  cards::Reader& reader_;
  std::vector<std::string> heard_;
};

}  // namespace vscard::fakes
