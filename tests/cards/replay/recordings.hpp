#pragma once

#include "cards/recording/message.hpp"
#include "cards/replay/script.hpp"
#include "tests/fakes/cards.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vscard::cards::replay {

/// A recording as a test says it, a second after the other:
///
///     "start"                      another start of the program
///     "in 3b00", "out", "other-reset 3b00"
///     "reset"
///     "00a40000 9000"              a command and its answer; "no-card" and "failed" are some, too
///     "00200080/0831 9000"         … of which what follows the slash is blank
///     "> 00b00000", "< 9000"       a command alone, an answer alone
class Recorded {
 public:
  explicit Recorded(const std::vector<std::string>& words) {
    add(recording::Header{.reader = "r"});
    for (const std::string& word : words) add_words(word);
  }

  recording::Recording take() { return std::move(recording_); }

 private:
  using What = recording::Event::What;

  void add(recording::Message message) {
    const std::size_t number = recording_.lines.size() + 1;
    recording_.lines.push_back(
        {.number = number, .time = std::chrono::seconds(number), .message = std::move(message)});
  }

  void add_words(const std::string& words) {
    const std::size_t blank = words.find(' ');
    const std::string first = words.substr(0, blank);
    const std::string second = blank == std::string::npos ? "" : words.substr(blank + 1);
    if (auto event = event_of(first, second)) {
      add(std::move(*event));
      return;
    }
    if (first != "<") add(recording::Command{apdu(first == ">" ? second : first)});
    if (first != ">") add(answer_of(second));
  }

  static std::optional<recording::Message> event_of(const std::string& word,
                                                    const std::string& atr) {
    if (word == "start") return recording::Header{.reader = "r"};
    if (word == "in") return recording::Event{What::Inserted, fakes::atr(atr)};
    if (word == "other-reset") return recording::Event{What::OtherReset, fakes::atr(atr)};
    if (word == "out") return recording::Event{What::Removed, std::nullopt};
    if (word == "reset") return recording::Event{What::Reset, fakes::atr("3b00")};
    return std::nullopt;
  }

  static recording::Message answer_of(const std::string& answer) {
    if (answer == "no-card") return recording::NoResponse{CardError::NoCard};
    if (answer == "failed") return recording::NoResponse{CardError::Failed};
    return recording::Response{apdu(answer)};
  }

  static protocol::iso7816::BlankedApdu apdu(const std::string& text) {
    const std::string shown = text.substr(0, text.find('/'));
    const std::string blank = shown.size() < text.size() ? text.substr(shown.size() + 1) : "";
    return {.bytes = fakes::from_hex(shown + std::string(blank.size(), '0')),
            .blank_begin = shown.size() / 2,
            .blank_size = blank.size() / 2};
  }

  recording::Recording recording_;
};

inline std::vector<Step> script(const std::vector<std::string>& words) {
  return make_script(Recorded(words).take());
}

/// What a player answers: "9000", "no card", "failed".
template <class Player>
std::string answer(Player& player, const std::string& command) {
  const auto answer = player.transmit(fakes::from_hex(command));
  if (answer) return fakes::to_hex(answer->view());
  return answer.error() == CardError::NoCard ? "no card" : "failed";
}

}  // namespace vscard::cards::replay
