#include "pcsc-bridge/ifd/log.hpp"

extern "C" {
#include <debuglog.h>
}

#pragma weak log_msg

namespace vscard::pcsc_bridge::ifd::log {
namespace {

void write(int priority, const char* text) noexcept {
  if (&log_msg != nullptr) log_msg(priority, "vscard: %s", text);
}

}  // namespace

void info(const char* text) noexcept { write(PCSC_LOG_INFO, text); }
void error(const char* text) noexcept { write(PCSC_LOG_ERROR, text); }

}  // namespace vscard::pcsc_bridge::ifd::log
