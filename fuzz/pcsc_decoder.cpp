#include "pcsc-bridge/pcsc/codec.hpp"
#include "pcsc-bridge/pcsc/decoder.hpp"

#include <algorithm>

using namespace vscard;
using namespace vscard::pcsc_bridge::pcsc;

// What is accepted is written again as it came; it comes in one piece and byte by byte alike.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Decoder whole;
  Decoder pieces;
  whole.feed({data, size});
  const protocol::Bytes all(data, size);
  std::size_t fed = 0;
  while (true) {
    const auto request = whole.next();
    auto piece = pieces.next();
    while (piece && !*piece && fed < size) {
      pieces.feed(all.subspan(fed++, 1));
      piece = pieces.next();
    }
    if (request.has_value() != piece.has_value()) __builtin_trap();
    if (!request || !*request) break;
    if (!*piece || (*request)->data != (*piece)->data) __builtin_trap();
    if ((*request)->data.size() != data_size((*request)->call)) __builtin_trap();
    const auto again = encode((*request)->call, (*request)->data.view());
    if (again != encode((*piece)->call, (*piece)->data.view())) __builtin_trap();
    if (again.size() > all.size() ||
        std::ranges::search(all, again.view()).empty() != again.empty()) {
      __builtin_trap();
    }
  }
  return 0;
}
