#include "chardev/spicevmc/log.hpp"

#include <glib.h>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

std::function<void(std::string_view)>& sink() {
  static std::function<void(std::string_view)> log;  // GLib takes a function, not a closure's life
  return log;
}

void tell(const char* /*domain*/, GLogLevelFlags level, const char* message,
          void* /*context*/) noexcept {
  constexpr int kTold = G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR;
  if ((level & kTold) != 0 && message != nullptr) sink()(message);
}

}  // namespace

void set_log(std::function<void(std::string_view)> log) {
  sink() = std::move(log);
  constexpr int kEvery = G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION;
  g_log_set_handler("Spice", static_cast<GLogLevelFlags>(kEvery), tell, nullptr);
}

}  // namespace vscard::chardev::spicevmc
