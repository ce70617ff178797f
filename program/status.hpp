#pragma once

#include "program/command_table.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace vscard::program {

/// What `status` shows of one card or reader.
struct StatusReport {
  std::string subject;                                     ///< "card soft: inserted"
  std::vector<std::pair<std::string, std::string>> facts;  ///< {"host", "tcp://…"}
  std::vector<std::string> missing;                        ///< each with what to do about it
};

/// `status`, for people: `list --json` is for programs.
///
///     card soft: inserted
///       host          tcp://127.0.0.1:2001
///       last command  00 a4 04 00 (12 bytes), answered 90 00, 3 s ago
///       missing       nothing
Command status_command(std::string text, std::function<std::vector<StatusReport>()> reports);

}  // namespace vscard::program
