#include "protocol/vsc/answers_ahead.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <utility>

using namespace vscard::protocol;

// A hostile client's answers ahead (their length in two bytes first), then commands (one byte of
// length each). An answer has a status word, and to GET RESPONSE no more data than was asked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in({data, size});
  auto ahead = vsc::read_exchanges(in.bytes(in.u16_be()));
  if (!ahead) return 0;
  vsc::AnswersAhead answers;
  answers.put(std::move(*ahead));
  while (in.remaining() > 0) {
    const Bytes command = in.bytes(std::min<std::size_t>(in.u8(), in.remaining()));
    const auto answer = answers.take(command);
    if (!answer) continue;
    if (answer->size() < iso7816::kStatusWord) __builtin_trap();
    const auto parsed = iso7816::CommandApdu::parse(command);
    const bool rest =
        parsed && iso7816::Instruction{parsed->ins} == iso7816::Instruction::GetResponse;
    if (rest && answer->size() - iso7816::kStatusWord > parsed->ne) __builtin_trap();
  }
  return 0;
}
