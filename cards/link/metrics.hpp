#pragma once

#include "cards/link/card_link.hpp"

#include <string>
#include <vector>

namespace vscard::cards::link {

/// What is counted of the cards, in the text form of OpenMetrics 1.0.
std::string metrics_text(const std::vector<CardLink::Status>& cards);

}  // namespace vscard::cards::link
