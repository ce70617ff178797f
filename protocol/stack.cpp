#include "protocol/stack.hpp"

#include <array>
#include <cstring>

namespace vscard::protocol {
namespace {

constexpr std::size_t kDepth = 32768;  ///< bytes: such calls were seen less than 17,000 deep

}  // namespace

[[gnu::noinline]] void wipe_stack() noexcept {
  std::array<char, kDepth> left;  // NOLINT(cppcoreguidelines-pro-type-member-init): it is wiped
  ::explicit_bzero(left.data(), left.size());
}

}  // namespace vscard::protocol
