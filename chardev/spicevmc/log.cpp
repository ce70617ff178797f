#include "chardev/spicevmc/log.hpp"

#include "chardev/spicevmc/loop.hpp"

#include <glib.h>
#include <string>
#include <utility>

namespace vscard::chardev::spicevmc {
namespace {

std::function<void(std::string_view)>& sink() {
  static std::function<void(std::string_view)> log;  // GLib takes a function, not a closure's life
  return log;
}

/// "client tcp://…: " if the library was at work for one.
std::string client_at_work() {
  const std::string name = Loop::client_at_work();
  return name.empty() ? "" : "client " + name + ": ";
}

void tell(const char* /*domain*/, GLogLevelFlags level, const char* message,
          void* /*context*/) noexcept {
  constexpr int kTold = G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR;
  if ((level & kTold) == 0 || message == nullptr) return;
  sink()(client_at_work() + std::string(without_place(message)));
}

bool is_name(std::string_view text) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:~-./";
  return !text.empty() && text.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace

std::string_view without_place(std::string_view message) {
  const std::size_t end = message.find(": ");
  if (end == std::string_view::npos) return message;
  const std::string_view place = message.substr(0, end);
  const bool is_place = is_name(place) && (place.find(".c:") != std::string_view::npos ||
                                           place.find(".cpp:") != std::string_view::npos);
  return is_place ? message.substr(end + 2) : message;
}

void set_log(std::function<void(std::string_view)> log) {
  sink() = std::move(log);
  constexpr int kEvery = G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION;
  g_log_set_handler("Spice", static_cast<GLogLevelFlags>(kEvery), tell, nullptr);
}

}  // namespace vscard::chardev::spicevmc
