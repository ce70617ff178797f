#include "cards/piv/objects.hpp"

#include "cards/piv/tlv.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vscard::cards::piv {
namespace {

using Out = std::vector<std::uint8_t>;

/// What a test card of nobody has: agency 9999, system 9999, credential 999999, all in the FASC-N's
/// code of 5 bits a digit (TIG SCEPACS 2.3, §2.2).
constexpr std::array<std::uint8_t, 25> kFascN{0xd4, 0xe7, 0x39, 0xda, 0x73, 0x9c, 0xed, 0x39, 0xce,
                                              0x73, 0x9d, 0x83, 0x68, 0x58, 0x21, 0x08, 0x42, 0x10,
                                              0x84, 0x21, 0xc8, 0x42, 0x10, 0xc3, 0xeb};
constexpr std::string_view kExpires = "20991231";
constexpr std::size_t kCapabilityId = 14;  ///< bytes
constexpr std::uint16_t kEdc = 0xfe;       ///< error detection code, empty

void put_number(Out& out, std::uint16_t tag, std::uint8_t number) {
  put_tlv(out, tag, std::array{number});
}

/// What the key history says about keys whose certificates are elsewhere.
std::optional<Tlv> part(const State& state, std::uint16_t tag) {
  const auto found = state.objects.find(Tag::KeyHistory);
  TlvReader in(found == state.objects.end() ? Bytes{} : Bytes(found->second));
  while (const auto tlv = in.next()) {
    if (tlv->tag == tag) return tlv;
  }
  return std::nullopt;
}

std::uint8_t last_retired_certificate(const State& state) {
  std::uint8_t last = 0;
  for (std::uint8_t i = 0; i < kRetiredSlots; ++i) {
    if (state.objects.contains(certificate_tag(retired_slot(i)))) {
      last = static_cast<std::uint8_t>(i + 1);
    }
  }
  return last;
}

}  // namespace

Out chuid(Bytes guid) {
  Out out;
  put_tlv(out, 0x30, kFascN);
  put_tlv(out, 0x34, guid);
  put_tlv(out, 0x35, Out(kExpires.begin(), kExpires.end()));
  put_tlv(out, 0x3e, {});  // the issuer's signature
  put_tlv(out, kEdc, {});
  return out;
}

Out capabilities(Bytes id) {
  Out identifier{0xa0, 0x00, 0x00, 0x01, 0x16, 0xff, 0x02};  // GSC-RID, manufacturer, type
  identifier.insert(identifier.end(), id.begin(), id.end());
  Out out;
  put_tlv(out, 0xf0, identifier);
  put_number(out, 0xf1, 0x21);  // version of the container, of its grammar
  put_number(out, 0xf2, 0x21);
  put_tlv(out, 0xf3, {});
  put_number(out, 0xf4, 0x00);  // no PKCS#15
  put_number(out, 0xf5, 0x10);  // data model
  for (const std::uint16_t tag :
       std::initializer_list<std::uint16_t>{0xf6, 0xf7, 0xfa, 0xfb, 0xfc, 0xfd, kEdc})
    put_tlv(out, tag, {});
  return out;
}

Out discovery() {
  Out inside;
  put_tlv(inside, 0x4f, kAid);
  put_tlv(inside, 0x5f2f, std::array<std::uint8_t, 2>{0x40, 0x00});
  Out out;
  put_tlv(out, 0x7e, inside);
  return out;
}

Out certificate_object(Bytes der) {
  Out out;
  put_tlv(out, kCertificateTag, der);
  put_number(out, 0x71, 0x00);
  put_tlv(out, kEdc, {});
  return out;
}

void set_identity(State& state, Bytes guid) {
  state.objects[Tag::Chuid] = chuid(guid);
  state.objects[Tag::Capabilities] = capabilities(guid.first(kCapabilityId));
}

void update_key_history(State& state) {
  Out out;
  put_number(out, 0xc1, last_retired_certificate(state));
  const auto elsewhere = part(state, 0xc2);
  put_tlv(out, 0xc2, elsewhere ? elsewhere->value : Bytes(std::array<std::uint8_t, 1>{}));
  if (const auto url = part(state, 0xf3)) put_tlv(out, 0xf3, url->value);
  put_tlv(out, kEdc, {});
  state.objects[Tag::KeyHistory] = std::move(out);
}

}  // namespace vscard::cards::piv
