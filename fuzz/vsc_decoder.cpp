#include "protocol/vsc/decoder.hpp"

// A stream in two pieces; what decodes must encode and decode to the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vscard::protocol;
  vsc::Decoder decoder;
  for (const Bytes piece : {Bytes(data, size / 2), Bytes(data, size).subspan(size / 2)}) {
    decoder.feed(piece);
    for (auto message = decoder.next(); message && *message; message = decoder.next()) {
      if (vsc::name_of(**message).empty()) __builtin_trap();
      if (std::holds_alternative<vsc::Unknown>((*message)->body)) continue;
      const SecretBytes encoded = vsc::encode(**message);
      vsc::Decoder again;
      again.feed(encoded.view());
      if (again.next() != message) __builtin_trap();
    }
  }
  return 0;
}
