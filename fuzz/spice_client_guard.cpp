#include "chardev/spicevmc/client_guard.hpp"

#include <algorithm>

using namespace vscard::chardev;
using vscard::chardev::spicevmc::ClientGuard;

namespace {

constexpr std::size_t kLinkHeader = 16;
constexpr std::size_t kLogin = 132;
constexpr std::size_t kMaxBody = 131072;

bool passes(spice::Bytes bytes, std::size_t piece) {
  ClientGuard guard;
  bool passed = true;
  while (!bytes.empty()) {
    const spice::Bytes part = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(part.size());
    passed = guard.pass(part);
  }
  return passed;
}

/// What has passed is a link, a login and messages, none of which is too long.
void check_sizes(spice::Bytes bytes) {
  vscard::protocol::ByteReader in(bytes);
  vscard::protocol::ByteReader header(in.bytes(kLinkHeader));
  header.bytes(kLinkHeader - sizeof(std::uint32_t));
  in.bytes(header.u32_le());
  in.bytes(kLogin);
  while (in.ok() && in.remaining() > 0) {
    in.u16_le();
    const std::size_t size = in.u32_le();
    if (in.ok() && size > kMaxBody) __builtin_trap();
    in.bytes(size);
  }
}

}  // namespace

// The size of pieces, and what a client may say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vscard::protocol::ByteReader in({data, size});
  const std::size_t piece = std::size_t{in.u8()} + 1;
  const spice::Bytes said = in.rest();
  const bool passed = passes(said, piece);
  if (passed != passes(said, said.size() + 1)) __builtin_trap();
  if (passed) check_sizes(said);
  return 0;
}
