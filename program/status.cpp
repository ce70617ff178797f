#include "program/status.hpp"

#include <fmt/core.h>

namespace vscard::program {
namespace {

std::string line(const std::string& name, const std::string& text) {
  return fmt::format("\n  {:12}  {}", name, text);
}

std::string render(const StatusReport& report) {
  std::string text = report.subject;
  for (const auto& [name, fact] : report.facts) text += line(name, fact);
  if (report.missing.empty()) text += line("missing", "nothing");
  for (const std::string& missing : report.missing) text += line("missing", missing);
  return text;
}

}  // namespace

Command status_command(std::string text, std::function<std::vector<StatusReport>()> reports) {
  const auto run = [reports = std::move(reports)](const Words&) -> Result<std::string> {
    std::string shown;
    for (const StatusReport& report : reports()) {
      shown += (shown.empty() ? "" : "\n") + render(report);
    }
    return shown;
  };
  return {.name = "status", .usage = "", .text = std::move(text), .run = run};
}

}  // namespace vscard::program
