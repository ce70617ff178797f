#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <tuple>

namespace vscard::protocol::iso7816 {

/// The first interindustry values have two channel bits, the further ones four.
bool has_secure_messaging(std::uint8_t cla) {
  constexpr unsigned kKind = 0xc0;
  constexpr unsigned kFurther = 0x40;
  constexpr unsigned kSecureFirst = 0x0c;
  constexpr unsigned kSecureFurther = 0x20;
  return (cla & ((cla & kKind) == kFurther ? kSecureFurther : kSecureFirst)) != 0;
}

std::expected<CommandApdu, Errc> CommandApdu::parse(Bytes bytes) {
  ByteReader in(bytes);
  CommandApdu command;
  command.cla = in.u8();
  command.ins = in.u8();
  command.p1 = in.u8();
  command.p2 = in.u8();
  if (!in.ok()) return std::unexpected(Errc::BadApdu);
  if (in.remaining() == 0) return command;  // case 1

  // A first 00 with fewer than two bytes behind it cannot open an extended length field.
  const bool extended = in.remaining() >= 3 && bytes[kApduHeader] == 0;
  if (extended) {
    command.form = LengthForm::Extended;
    in.u8();
  }
  const auto length_field = [&]() -> std::uint32_t { return extended ? in.u16_be() : in.u8(); };
  const auto as_ne = [&](std::uint32_t le) {
    if (le != 0) return le;
    return extended ? kMaxExtendedNe : kMaxShortNe;
  };

  const std::uint32_t length = length_field();
  if (in.remaining() == 0) {  // cases 2S, 2E: it was Le
    command.ne = as_ne(length);
    return command;
  }
  command.data = in.bytes(length);                             // cases 3 and 4: it was Lc
  if (in.remaining() > 0) command.ne = as_ne(length_field());  // cases 4S, 4E
  if (length == 0 || !in.ok_and_done()) return std::unexpected(Errc::BadApdu);
  return command;
}

std::expected<SecretBytes, Errc> CommandApdu::encode() const {
  const bool extended = form == LengthForm::Extended;
  if (data.size() > (extended ? kMaxExtendedData : kMaxShortData) ||
      ne > (extended ? kMaxExtendedNe : kMaxShortNe)) {
    return std::unexpected(Errc::BadApdu);
  }
  const bool has_data = !data.empty();
  const bool has_ne = ne != 0;
  const bool has_marker = extended && (has_data || has_ne);
  const std::size_t field = extended ? 2 : 1;

  SecretBytes bytes =
      SecretBytes::with_capacity(kApduHeader + (has_marker ? 1 : 0) +
                                 (has_data ? field + data.size() : 0) + (has_ne ? field : 0));
  ByteWriter out(bytes);
  // The casts drop the carry of the largest Ne, which is written as zero.
  const auto length_field = [&](std::size_t length) {
    extended ? out.u16_be(static_cast<std::uint16_t>(length))
             : out.u8(static_cast<std::uint8_t>(length));
  };
  for (const std::uint8_t byte : {cla, ins, p1, p2}) out.u8(byte);
  if (has_marker) out.u8(0);
  if (has_data) {
    length_field(data.size());
    out.bytes(data);
  }
  if (has_ne) length_field(ne);
  return bytes;
}

bool operator==(const CommandApdu& a, const CommandApdu& b) {
  const auto fields = [](const CommandApdu& c) {
    return std::tie(c.cla, c.ins, c.p1, c.p2, c.ne, c.form);
  };
  return fields(a) == fields(b) && std::ranges::equal(a.data, b.data);
}

std::expected<ResponseApdu, Errc> ResponseApdu::parse(Bytes bytes) {
  if (bytes.size() < kStatusWord || bytes.size() > kMaxResponseApdu) {
    return std::unexpected(Errc::BadLength);
  }
  ByteReader in(bytes);
  ResponseApdu response;
  response.data = in.bytes(bytes.size() - kStatusWord);
  response.status = StatusWord{in.u16_be()};
  return response;
}

SecretBytes ResponseApdu::encode() const {
  SecretBytes bytes = SecretBytes::with_capacity(data.size() + kStatusWord);
  bytes.append(data);
  bytes.append(status_bytes(status));
  return bytes;
}

bool operator==(const ResponseApdu& a, const ResponseApdu& b) {
  return a.status == b.status && std::ranges::equal(a.data, b.data);
}

}  // namespace vscard::protocol::iso7816
