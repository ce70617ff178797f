#include "chardev/nats/message.hpp"

// What decodes must encode, and decode to the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vscard;
  const protocol::Bytes bytes(data, size);
  const auto message = chardev::nats::decode(bytes);
  if (!message) return 0;
  const auto encoded = chardev::nats::encode(*message);
  const auto again = chardev::nats::decode(encoded.view());
  if (!again || !(chardev::nats::encode(*again) == encoded)) __builtin_trap();
  return 0;
}
