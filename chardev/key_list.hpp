#pragma once

#include "protocol/failure.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vscard::chardev {

/// "HEAD,key=value,key=value": what an address, a card or a reader is written as on a command line.
/// A key may be repeated; a literal comma is doubled, as QEMU's options have it.
struct KeyList {
  std::string head;
  std::vector<std::pair<std::string, std::string>> keys;

  /// The last value of the key, if it is there.
  std::optional<std::string> last(std::string_view key) const;
  std::vector<std::string> all(std::string_view key) const;
  /// A key that is none of these.
  std::optional<std::string> other_than(std::initializer_list<std::string_view> known) const;

  bool operator==(const KeyList&) const = default;
};

/// The error is a line for the user.
Result<KeyList> parse_key_list(std::string_view text);

}  // namespace vscard::chardev
