#pragma once

#include "protocol/notice.hpp"

#include <fmt/core.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// One line after another on standard error: "vscclient: warning: …". Thread safe. The payload of
/// an APDU is never an argument (protocol/iso7816/apdu_log.hpp makes what may be shown).
namespace vscard::program::log {

enum class Level { Trace, Debug, Info, Warning, Error, Off };

/// "trace", "debug", "info", "warning", "error", "off".
std::optional<Level> parse_level(std::string_view name);
std::string_view name_of(Level level);

/// run_program() calls it: lines start with `program`.
void start(std::string_view program);
void set_level(Level level);
/// From now on each line starts with the time, unless the journal gives it one.
void show_times();
bool enabled(Level level);

/// What a program does before and after each line, which it writes on one thread alone: so a
/// console takes what is typed out of the way, and shows it again.
struct Surroundings {
  std::function<void()> before;
  std::function<void()> after;
};
void set_surroundings(Surroundings given);

/// Control characters in the text, which a peer may have chosen, are shown as '?'.
void write(Level level, fmt::string_view format, fmt::format_args args);

template <class... Args>
void trace(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::Trace)) write(Level::Trace, format, fmt::make_format_args(args...));
}
template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::Debug)) write(Level::Debug, format, fmt::make_format_args(args...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::Info)) write(Level::Info, format, fmt::make_format_args(args...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::Warning)) write(Level::Warning, format, fmt::make_format_args(args...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::Error)) write(Level::Error, format, fmt::make_format_args(args...));
}

/// Shows notices as "SUBJECT: TEXT", and their codes as QR codes on a terminal.
Notify notices_of(std::string subject);

}  // namespace vscard::program::log

namespace vscard {

namespace log = program::log;

}  // namespace vscard
