#pragma once

#include "session/host_session.hpp"
#include "tests/fakes/hex.hpp"

#include <string>
#include <vector>

namespace vscard::fakes {

/// The side that uses cards: writes down what it is told, a word each: "card", "no card",
/// "no reader", "no answer", a response in hex.
class RecordingHost final : public session::ReaderSide {
 public:
  void perform(protocol::vsc::VscHost::Action action) override {
    using protocol::vsc::VscHost;
    if (std::holds_alternative<VscHost::CardInserted>(action)) words.emplace_back("card");
    if (std::holds_alternative<VscHost::CardRemoved>(action)) words.emplace_back("no card");
    if (std::holds_alternative<VscHost::ReaderRemoved>(action)) words.emplace_back("no reader");
    if (std::holds_alternative<VscHost::NoAnswer>(action)) words.emplace_back("no answer");
    if (const auto* response = std::get_if<VscHost::Response>(&action)) {
      words.push_back(to_hex(response->bytes.view()));
    }
  }

  std::vector<std::string> words;
};

}  // namespace vscard::fakes
