#include "cards/link/fault_events.hpp"

#include "program/events.hpp"

namespace vscard::cards::link {

std::function<void(const std::string& card, const faults::Hit& hit)> publish_faults(
    program::Watchers& watchers) {
  return [&watchers](const std::string& card, const faults::Hit& hit) {
    using Member = program::Json::Member;
    const Member what =
        hit.command.empty() ? Member{"atr", hit.atr} : Member{"command", hit.command};
    watchers.publish([&] { return program::fault_event({"card", card}, hit.fault, what); });
  };
}

}  // namespace vscard::cards::link
