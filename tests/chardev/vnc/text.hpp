#pragma once

#include "protocol/secret.hpp"

#include <string_view>
#include <vector>

namespace vscard::chardev::vnc::test {

inline protocol::SecretBytes secret(std::string_view text) {
  return protocol::SecretBytes::copy_of(std::vector<std::uint8_t>(text.begin(), text.end()));
}

}  // namespace vscard::chardev::vnc::test
