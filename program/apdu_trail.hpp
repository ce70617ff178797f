#pragma once

#include "program/json.hpp"
#include "program/watchers.hpp"
#include "protocol/bytes.hpp"
#include "protocol/iso7816/blanking.hpp"
#include "protocol/time.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace vscard::program {

/// The commands of one card, or one reader, as they pass: for the log, for `ctl watch --apdus`,
/// for `status` and for taps. What may be a PIN is kept nowhere; whether one was accepted, the log
/// tells.
class ApduTrail {
 public:
  /// Who sends the command that passes, for the user; empty: nobody knows.
  using Asker = std::function<std::string()>;

  /// `about` is a member of the events: {"card", NAME}. `watchers` outlive the trail. `asker` is
  /// called within command(), if somebody watches.
  ApduTrail(std::string_view about, std::string name, Watchers& watchers, Asker asker = {})
      : about_(about), name_(std::move(name)), watchers_(watchers), asker_(std::move(asker)) {}

  void command(protocol::Bytes bytes);
  /// To the command before.
  void response(protocol::Bytes bytes);
  void no_answer();

  /// The last command, its outcome and how long ago it was; nothing: there was none.
  std::optional<std::string> last() const;

 private:
  /// Only what is needed to show it: a card has thousands a second.
  struct Last {
    std::array<std::uint8_t, 4> header{};
    std::size_t header_size = 0;
    std::size_t size = 0;
    protocol::Time when;
    enum class Outcome { Pending, Answered, Lost } outcome = Outcome::Pending;
    std::array<std::uint8_t, 2> status{};
  };
  Json::Member about() const { return {about_, name_}; }
  std::string asker() const { return asker_ ? asker_() : std::string(); }
  void show(TappedApdu::What what, const protocol::iso7816::BlankedApdu& message,
            std::string_view by = {}) const;
  bool verifies() const;
  std::string outcome() const;

  std::string_view about_;
  std::string name_;
  Watchers& watchers_;
  Asker asker_;
  protocol::iso7816::Blanking blanking_;  ///< for taps
  std::optional<Last> last_;
};

}  // namespace vscard::program
