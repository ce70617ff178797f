#pragma once

/// Lines in pcscd's log, by its log_msg(); in a process that has none they are dropped. pcscd shows
/// errors always, and the rest when it is asked to. Thread safe.
namespace vscard::pcsc_bridge::ifd::log {

void info(const char* text) noexcept;
void error(const char* text) noexcept;

}  // namespace vscard::pcsc_bridge::ifd::log
