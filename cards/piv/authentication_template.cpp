#include "cards/piv/authentication_template.hpp"

#include "cards/piv/tlv.hpp"

namespace vscard::cards::piv {
namespace {

constexpr std::uint16_t kTemplate = 0x7c;

std::optional<Bytes>* part(AuthenticationTemplate& parts, std::uint16_t tag) {
  switch (tag) {
    case 0x80:
      return &parts.witness;
    case 0x81:
      return &parts.challenge;
    case 0x82:
      return &parts.response;
    case 0x85:
      return &parts.exponentiation;
    default:
      return nullptr;
  }
}

}  // namespace

std::optional<AuthenticationTemplate> AuthenticationTemplate::parse(Bytes bytes) {
  const auto inside = only_tlv(bytes, kTemplate);
  if (!inside) return std::nullopt;
  AuthenticationTemplate parts;
  TlvReader in(*inside);
  while (const auto tlv = in.next()) {
    auto* const place = part(parts, tlv->tag);
    if (place == nullptr || *place) return std::nullopt;
    *place = tlv->value;
  }
  if (!in.ok()) return std::nullopt;
  return parts;
}

protocol::SecretBytes AuthenticationTemplate::with(std::uint8_t tag, Bytes value) {
  auto inside = protocol::SecretBytes::with_capacity(value.size() + kMaxTlvHeader);
  put_tlv(inside, tag, value);
  auto out = protocol::SecretBytes::with_capacity(inside.size() + kMaxTlvHeader);
  put_tlv(out, kTemplate, inside.view());
  return out;
}

}  // namespace vscard::cards::piv
