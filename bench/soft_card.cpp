#include "bench/soft_card.hpp"

#include "bench/expect.hpp"
#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace vscard::bench {
namespace {

using protocol::Bytes;

// Commands of a CAC, NIST IR 6887 §5, over T=0: a card that has data says so (61xx), and GET
// RESPONSE takes them.
/// The applet of the first certificate and its key.
constexpr auto kSelect = std::to_array<std::uint8_t>(
    {0x00, 0xa4, 0x04, 0x00, 7, 0xa0, 0x00, 0x00, 0x00, 0x79, 0x01, 0x00});
/// certs-test's PIN.
constexpr auto kVerify = std::to_array<std::uint8_t>(
    {0x00, 0x20, 0x00, 0x00, 8, '1', '2', '3', '4', '5', '6', '7', '8'});
/// 255 bytes of the buffer of values (02).
constexpr auto kRead = std::to_array<std::uint8_t>({0x80, 0x52, 0x00, 0x00, 2, 0x02, 0xff});
constexpr std::size_t kSelected = 13;  ///< bytes that SELECT leaves to get
constexpr auto kGetSelected = std::to_array<std::uint8_t>({0x00, 0xc0, 0x00, 0x00, kSelected});
constexpr auto kGet255 = std::to_array<std::uint8_t>({0x00, 0xc0, 0x00, 0x00, 0xff});
constexpr auto kGet256 = std::to_array<std::uint8_t>({0x00, 0xc0, 0x00, 0x00, 0x00});

constexpr std::size_t kRsaBlock = 256;  ///< bytes: the key has 2048 bits
constexpr std::size_t kSigned = 51;     ///< bytes: SHA-256 as a DigestInfo
/// All but the last part of the block, then the last one.
constexpr std::uint8_t kMoreFollows = 0x80;
constexpr std::size_t kFirstPart = 240;

protocol::SecretBytes sign_command(std::uint8_t p1, Bytes data) {
  return protocol::iso7816::CommandApdu{.cla = 0x80, .ins = 0x42, .p1 = p1, .data = data}
      .encode()
      .value();
}

/// A block as PKCS #1 pads it for a signature: 00 01 ff … 00, then what is signed.
std::array<std::uint8_t, kRsaBlock> padded_block() {
  std::array<std::uint8_t, kRsaBlock> block{};
  std::ranges::fill(block, 0xff);
  block[0] = 0x00;
  block[1] = 0x01;
  block[kRsaBlock - kSigned - 1] = 0x00;
  return block;
}

}  // namespace

void measure_soft_card(Host& host, const std::function<Samples&(std::string_view)>& samples_of,
                       std::chrono::milliseconds length) {
  // The client asks for the rest before the host does, so both commands belong to the measurement.
  samples_of("SELECT, 2 APDUs").collect(length, [&] {
    expect(host, kSelect, 0, kDataThere);
    expect(host, kGetSelected, kSelected, kSuccess);
  });

  samples_of("read 255 bytes, 2 APDUs").collect(length, [&] {
    expect(host, kRead, 0, kDataThere);
    expect(host, kGet255, 255, kSuccess);
  });

  expect(host, kVerify, 0, kSuccess);
  const auto block = padded_block();
  const auto first = sign_command(kMoreFollows, Bytes(block).first(kFirstPart));
  const auto last = sign_command(0, Bytes(block).subspan(kFirstPart));
  samples_of("RSA-2048 sign, 3 APDUs").collect(length, [&] {
    expect(host, first.view(), 0, kSuccess);
    expect(host, last.view(), 0, kDataThere);
    expect(host, kGet256, kRsaBlock, kSuccess);
  });
}

}  // namespace vscard::bench
