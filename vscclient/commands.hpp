#pragma once

#include "program/control.hpp"
#include "protocol/failure.hpp"
#include "vscclient/card_link.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vscard::vscclient {

/// The commands of the console and of `vscclient ctl`: those of libcacard's client, with names
/// beside numbers, and `list --json`.
class Commands {
 public:
  /// `card_links` outlives this object; `leave` is called for "exit".
  Commands(const std::vector<std::unique_ptr<CardLink>>& card_links, std::function<void()> leave);

  program::CommandResult run(const std::vector<std::string>& words);

 private:
  program::CommandResult insert(const std::vector<std::string>& words);
  program::CommandResult remove(const std::vector<std::string>& words);
  program::CommandResult select(const std::vector<std::string>& words);
  program::CommandResult list(const std::vector<std::string>& words);
  Result<CardLink*> card_link_of(const std::vector<std::string>& words);

  const std::vector<std::unique_ptr<CardLink>>& card_links_;
  std::function<void()> leave_;
  std::size_t selected_ = 0;
};

}  // namespace vscard::vscclient
