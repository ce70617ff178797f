#include "chardev/tls/pairing/identity.hpp"
#include "chardev/tls/pairing/message.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

using namespace vscard::chardev::tls::pairing;
using vscard::protocol::Bytes;

// What is decoded is encoded as it came, and split anywhere it is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes bytes(data + 1, size - 1);
  const std::size_t split = data[0] % size;
  MessageDecoder decoder;
  decoder.feed(bytes.first(split));
  auto message = decoder.next();
  std::vector<std::uint8_t> again;
  for (bool fed = false; message; message = decoder.next()) {
    if (*message) {
      const auto part = encode(**message);
      again.insert(again.end(), part.begin(), part.end());
      const auto* shown = std::get_if<Introduction>(&**message);
      if (shown != nullptr) parse_certificate(shown->certificate);
    } else if (std::exchange(fed, true)) {
      break;
    } else {
      decoder.feed(bytes.subspan(split));
    }
  }
  if (again.size() > bytes.size() || !std::ranges::equal(again, bytes.first(again.size()))) {
    __builtin_trap();
  }
  return 0;
}
