#pragma once

#include "cards/faults/hit.hpp"
#include "program/watchers.hpp"

#include <functional>
#include <string>

namespace vscard::cards::link {

/// For cards::OpenOptions: each fault that hits a card is an event. `watchers` outlive what it
/// gives.
std::function<void(const std::string& card, const faults::Hit& hit)> publish_faults(
    program::Watchers& watchers);

}  // namespace vscard::cards::link
