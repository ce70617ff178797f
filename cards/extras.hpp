#pragma once

#include "cards/faults/fault.hpp"
#include "cards/recording/options.hpp"
#include "chardev/access.hpp"
#include "chardev/key_list.hpp"
#include "protocol/failure.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace vscard::cards {

/// What --card may ask for, whatever the card is: readers around the card's own.
struct Extras {
  std::optional<recording::Options> recording;  ///< of what the host sees, with the faults
  std::vector<faults::Fault> faults;
};

inline constexpr std::array<std::string_view, 4> kExtraKeys{"record", "record-secrets", "fault",
                                                            "delay"};

/// Takes these keys out of the list. The failure is a line for the user.
Result<Extras> take_extras(chardev::KeyList& list);

/// What they use of the machine.
chardev::Access access_of(const Extras& extras);

/// For help: the keys that every kind has, with their meanings, indented.
std::string_view describe_extras();

}  // namespace vscard::cards
