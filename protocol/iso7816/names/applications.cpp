#include "protocol/iso7816/names/applications.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vscard::protocol::iso7816::names {
namespace {

struct KnownApplication {
  std::string_view aid;  ///< bytes
  Application application;
};

using std::string_view_literals::operator""sv;

/// What an identifier begins with. Of two that fit, the longer counts.
constexpr auto kApplications = std::to_array<KnownApplication>({
    {"\xa0\x00\x00\x03\x08"sv, {"PIV", Family::Piv}},
    {"\xa0\x00\x00\x00\x79"sv, {"CAC applet", Family::Cac}},
    {"\xa0\x00\x00\x00\x79\x01\x00"sv, {"CAC identity certificate", Family::Cac}},
    {"\xa0\x00\x00\x00\x79\x01\x01"sv, {"CAC e-mail signature certificate", Family::Cac}},
    {"\xa0\x00\x00\x00\x79\x01\x02"sv, {"CAC e-mail encryption certificate", Family::Cac}},
    {"\xa0\x00\x00\x00\x79\x01"sv, {"CAC certificate", Family::Cac}},
    {"\xa0\x00\x00\x00\x79\x02\x00"sv, {"CAC person instance", Family::Cac}},
    {"\xa0\x00\x00\x00\x79\x02\x01"sv, {"CAC personnel", Family::Cac}},
    {"\xa0\x00\x00\x00\x79\x02\x02"sv, {"CAC benefits", Family::Cac}},
    {"\xa0\x00\x00\x00\x79\x02\x03"sv, {"CAC other benefits", Family::Cac}},
    {"\xa0\x00\x00\x00\x79\x02\xfd"sv, {"CAC PKI credential", Family::Cac}},
    {"\xa0\x00\x00\x00\x79\x02\xfe"sv, {"CAC PKI certificate", Family::Cac}},
    {"\xa0\x00\x00\x00\x79\x03\x00"sv, {"CAC access control", Family::Cac}},
    {"\xa0\x00\x00\x01\x16"sv, {"GSC-IS container", Family::Cac}},
    {"\xa0\x00\x00\x01\x16\x30\x00"sv, {"CAC cardholder unique id", Family::Cac}},
    {"\xa0\x00\x00\x01\x16\x60\x10"sv, {"CAC fingerprints", Family::Cac}},
    {"\xa0\x00\x00\x01\x16\x60\x30"sv, {"CAC facial image", Family::Cac}},
    {"\xa0\x00\x00\x01\x16\x90\x00"sv, {"CAC security object", Family::Cac}},
    {"\xa0\x00\x00\x01\x16\xdb\x00"sv, {"CAC capability container", Family::Cac}},
    {"\xd2\x76\x00\x01\x24\x01"sv, {"OpenPGP", Family::OpenPgp}},
    {"\xa0\x00\x00\x00\x63PKCS-15"sv, {"PKCS#15", Family::Pkcs15}},
    {"\xe8\x28\xbd\x08\x0f"sv, {"ISO 7816-15", Family::Pkcs15}},
    {"\xa0\x00\x00\x00\x03\x00\x00"sv, {"card manager", Family::GlobalPlatform}},
    {"\xa0\x00\x00\x01\x51\x00\x00"sv, {"GlobalPlatform security domain", Family::GlobalPlatform}},
    {"\xa0\x00\x00\x06\x47\x2f\x00\x01"sv, {"FIDO", Family::Other}},
    {"\xa0\x00\x00\x05\x27\x21\x01"sv, {"Yubico OATH", Family::Other}},
    {"\xa0\x00\x00\x05\x27\x20\x01"sv, {"Yubico OTP", Family::Other}},
    {"\xa0\x00\x00\x05\x27\x47\x11\x17"sv, {"YubiKey management", Family::Other}},
    {"\xa0\x00\x00\x03\x97\x42\x54\x46\x59"sv, {"Microsoft Plug and Play", Family::Other}},
    {"\xa0\x00\x00\x03\x97\x43\x49\x44"sv, {"Microsoft card identifier", Family::Other}},
    {"\xa0\x00\x00\x02\x47\x10\x01"sv, {"passport (eMRTD)", Family::Other}},
    {"\xa0\x00\x00\x00\x77\x01\x08"sv, {"IAS-ECC", Family::Other}},
    {"\xa0\x00\x00\x00\x18"sv, {"Gemalto applet", Family::Other}},
    {"1PAY.SYS.DDF01"sv, {"payment system (EMV)", Family::Other}},
    {"2PAY.SYS.DDF01"sv, {"contactless payment system (EMV)", Family::Other}},
});

bool begins_with(Bytes aid, std::string_view known) {
  return aid.size() >= known.size() &&
         std::ranges::equal(aid.first(known.size()), known, [](std::uint8_t byte, char c) {
           return byte == static_cast<std::uint8_t>(c);
         });
}

}  // namespace

Application find_application(Bytes aid) {
  std::string_view longest;
  Application found;
  for (const KnownApplication& known : kApplications) {
    if (known.aid.size() <= longest.size() || !begins_with(aid, known.aid)) continue;
    longest = known.aid;
    found = known.application;
  }
  return found;
}

}  // namespace vscard::protocol::iso7816::names
