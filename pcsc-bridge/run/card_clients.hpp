#pragma once

#include "pcsc-bridge/run/child.hpp"
#include "program/control.hpp"
#include "protocol/failure.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::run {

/// A vscclient for one card.
struct CardClient {
  std::string card;     ///< its name
  std::string reader;   ///< as pcscd's configuration has it
  std::string control;  ///< address of its control socket
  std::optional<Child> process;
};

/// Commands for cards that several programs serve, as if one did.
class CardControl {
 public:
  /// `clients` outlives this object.
  explicit CardControl(const std::vector<CardClient>& clients) : clients_(clients) {}

  Awaitable<program::CommandResult> run(std::vector<std::string> words) const;

 private:
  Awaitable<program::CommandResult> move(std::vector<std::string> words) const;
  Awaitable<program::CommandResult> list(std::vector<std::string> words) const;
  Result<const CardClient*> client_of(const std::vector<std::string>& words) const;

  const std::vector<CardClient>& clients_;
};

}  // namespace vscard::pcsc_bridge::run
