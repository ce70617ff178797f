#include "protocol/vsc/ahead.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <cstdint>
#include <utility>

namespace vscard::protocol::vsc {
namespace {

constexpr std::size_t kLengths = 2 * sizeof(std::uint16_t);

void write(ByteWriter<SecretBytes>& out, const SecretBytes& bytes) {
  out.u16_be(static_cast<std::uint16_t>(bytes.size()));
  out.bytes(bytes.view());
}

}  // namespace

std::size_t encoded_size(const Exchange& exchange) {
  return kLengths + exchange.command.size() + exchange.response.size();
}

std::size_t encoded_size(const Ahead& ahead) {
  std::size_t size = 0;
  for (const auto& exchange : ahead.exchanges) size += encoded_size(exchange);
  return size;
}

void write_exchanges(ByteWriter<SecretBytes>& out, const Ahead& ahead) {
  for (const auto& exchange : ahead.exchanges) {
    write(out, exchange.command);
    write(out, exchange.response);
  }
}

std::expected<Ahead, Errc> read_exchanges(Bytes payload) {
  Ahead ahead;
  ByteReader in(payload);
  while (in.remaining() > 0) {
    const Bytes command = in.bytes(in.u16_be());
    const Bytes response = in.bytes(in.u16_be());
    const bool whole = in.ok() && command.size() >= iso7816::kApduHeader &&
                       response.size() >= iso7816::kStatusWord;
    if (!whole || ahead.exchanges.size() == kMaxAheadExchanges) {
      return std::unexpected(Errc::BadExtension);
    }
    ahead.exchanges.push_back({SecretBytes::copy_of(command), SecretBytes::copy_of(response)});
  }
  return ahead;
}

}  // namespace vscard::protocol::vsc
