#include "program/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <string>

namespace vscard::program::log {
namespace {

constexpr std::array<std::pair<std::string_view, Level>, 6> kNames{{{"trace", Level::Trace},
                                                                    {"debug", Level::Debug},
                                                                    {"info", Level::Info},
                                                                    {"warning", Level::Warning},
                                                                    {"error", Level::Error},
                                                                    {"off", Level::Off}}};

spdlog::level::level_enum native(Level level) {
  switch (level) {
    case Level::Trace:
      return spdlog::level::trace;
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warning:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
    case Level::Off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

}  // namespace

std::optional<Level> parse_level(std::string_view name) {
  const auto* found = std::ranges::find(kNames, name, &std::pair<std::string_view, Level>::first);
  if (found == kNames.end()) return std::nullopt;
  return found->second;
}

std::string_view name_of(Level level) {
  return std::ranges::find(kNames, level, &std::pair<std::string_view, Level>::second)->first;
}

void start(std::string_view program) {
  auto logger = std::make_shared<spdlog::logger>(std::string(program),
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(native(Level::Info));
  // A user's line: no date (the journal has one), the level only where it says something.
  logger->set_pattern("%n: %v");
  spdlog::set_default_logger(std::move(logger));
}

void set_level(Level level) { spdlog::default_logger_raw()->set_level(native(level)); }

bool enabled(Level level) { return spdlog::default_logger_raw()->should_log(native(level)); }

void write(Level level, fmt::string_view format, fmt::format_args args) {
  std::string text = level == Level::Info
                         ? ""
                         : fmt::format("{}: ", kNames[static_cast<std::size_t>(level)].first);
  text += fmt::vformat(format, args);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  spdlog::default_logger_raw()->log(native(level), "{}", text);
}

Notify notices_of(std::string subject) {
  return [subject = std::move(subject)](const Notice& notice) {
    if (notice.severity == Notice::Severity::Warning) {
      warning("{}: {}", subject, notice.text);
    } else {
      info("{}: {}", subject, notice.text);
    }
  };
}

}  // namespace vscard::program::log
