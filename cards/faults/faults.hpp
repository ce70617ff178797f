#pragma once

#include "cards/faults/fault.hpp"
#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace vscard::cards::faults {

/// What becomes of a command.
struct Verdict {
  enum class Outcome : std::uint8_t {
    Answered,  ///< by the card, whose response may be spoiled
    Status,    ///< by a status word in place of the card
    Mute,
    Removed,
    Reset,  ///< by another program
  };
  Outcome outcome = Outcome::Answered;
  protocol::Duration slow{};               ///< before all else
  std::uint16_t status = 0;                ///< with Outcome::Status
  std::optional<protocol::Duration> back;  ///< with Outcome::Removed: when the card is put back
  std::size_t kept = std::numeric_limits<std::size_t>::max();  ///< bytes of the response
  std::vector<std::uint64_t> flips;  ///< bits of what is kept, each modulo how many there are
  std::vector<std::string> fired;    ///< the faults that made it so, as they were written
};

/// Decides which faults of a card hit which commands. The same faults and commands have the same
/// verdicts on every machine.
class Faults {
 public:
  explicit Faults(std::vector<Fault> faults = {});

  void add(Fault fault) { rules_.emplace_back(std::move(fault)); }
  void clear() { rules_.clear(); }
  bool empty() const { return rules_.empty(); }

  /// Of several faults that take the card's place the first counts.
  Verdict on_command(protocol::Bytes command);
  /// The card is powered: the fault that changes its ATR, if there is one.
  struct Shown {
    protocol::iso7816::Atr atr;
    std::string fired;
  };
  std::optional<Shown> on_power();

  struct Listed {
    std::string text;
    std::uint64_t fired = 0;  ///< so often
  };
  std::vector<Listed> list() const;

 private:
  struct Rule {
    explicit Rule(Fault made) : fault(std::move(made)), random(fault.when.seed) {}
    bool hits(protocol::Bytes command);
    bool by_chance();

    Fault fault;
    std::mt19937_64 random;  ///< of this engine the standard says each number
    std::uint64_t seen = 0;  ///< commands that the fault may hit
    std::uint64_t fired = 0;
  };

  std::vector<Rule> rules_;
};

/// Does to the card's response what the verdict says.
void spoil(protocol::SecretBytes& response, const Verdict& verdict);

}  // namespace vscard::cards::faults
