#include "program/log.hpp"

#include "program/qr_code.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

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

/// systemd(1) connects standard error to its journal, and names that connection (JOURNAL_STREAM).
bool writes_to_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): never set
  struct stat errors{};
  return stream != nullptr && ::fstat(STDERR_FILENO, &errors) == 0 &&
         fmt::format("{}:{}", errors.st_dev, errors.st_ino) == stream;
}

/// https://no-color.org
bool wants_colour() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): never set here
    return std::string_view(value == nullptr ? "" : value);
  };
  return ::isatty(STDERR_FILENO) != 0 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

/// The word before a line of this level, coloured if somebody looks at it.
std::string_view prefix(Level level, bool coloured) {
  switch (level) {
    case Level::Info:
    case Level::Off:
      return "";
    case Level::Trace:
      return coloured ? "\x1b[2mtrace:\x1b[0m " : "trace: ";
    case Level::Debug:
      return coloured ? "\x1b[2mdebug:\x1b[0m " : "debug: ";
    case Level::Warning:
      return coloured ? "\x1b[33mwarning:\x1b[0m " : "warning: ";
    case Level::Error:
      return coloured ? "\x1b[1;31merror:\x1b[0m " : "error: ";
  }
  return "";
}

Surroundings& surroundings() {
  static Surroundings kept;
  return kept;
}

/// To somebody who looks at it.
void show_qr_code(const std::string& text) {
  if (!enabled(Level::Info) || ::isatty(STDERR_FILENO) == 0) return;
  if (surroundings().before) surroundings().before();
  fmt::print(stderr, "{}", qr_code(text));
  if (surroundings().after) surroundings().after();
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

void show_times() {
  if (!writes_to_journal())
    spdlog::default_logger_raw()->set_pattern("%Y-%m-%d %H:%M:%S.%e %n: %v");
}

void set_level(Level level) { spdlog::default_logger_raw()->set_level(native(level)); }

bool enabled(Level level) { return spdlog::default_logger_raw()->should_log(native(level)); }

void write(Level level, fmt::string_view format, fmt::format_args args) {
  std::string text = fmt::vformat(format, args);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  static const bool coloured = wants_colour();
  if (surroundings().before) surroundings().before();
  spdlog::default_logger_raw()->log(native(level), "{}{}", prefix(level, coloured), text);
  if (surroundings().after) surroundings().after();
}

void set_surroundings(Surroundings given) { surroundings() = std::move(given); }

Notify notices_of(std::string subject) {
  return [subject = std::move(subject)](const Notice& notice) {
    if (notice.severity == Notice::Severity::Warning) {
      warning("{}: {}", subject, notice.text);
    } else {
      info("{}: {}", subject, notice.text);
    }
    if (!notice.code.empty()) show_qr_code(notice.code);
  };
}

}  // namespace vscard::program::log
