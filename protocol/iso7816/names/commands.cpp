#include "protocol/iso7816/names/commands.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace vscard::protocol::iso7816::names {
namespace {

struct KnownCommand {
  std::uint8_t instruction;
  std::string_view name;
};

/// ISO 7816-4 §11, 7816-8 and 7816-9, in ascending order.
constexpr auto kInterindustry = std::to_array<KnownCommand>({
    {0x04, "DEACTIVATE FILE"},
    {0x0c, "ERASE RECORD"},
    {0x0e, "ERASE BINARY"},
    {0x0f, "ERASE BINARY"},
    {0x20, "VERIFY"},
    {0x21, "VERIFY"},
    {0x22, "MANAGE SECURITY ENVIRONMENT"},
    {0x24, "CHANGE REFERENCE DATA"},
    {0x25, "CHANGE REFERENCE DATA"},
    {0x26, "DISABLE VERIFICATION"},
    {0x28, "ENABLE VERIFICATION"},
    {0x2a, "PERFORM SECURITY OPERATION"},
    {0x2c, "RESET RETRY COUNTER"},
    {0x2d, "RESET RETRY COUNTER"},
    {0x44, "ACTIVATE FILE"},
    {0x46, "GENERATE KEY PAIR"},
    {0x47, "GENERATE KEY PAIR"},
    {0x70, "MANAGE CHANNEL"},
    {0x82, "EXTERNAL AUTHENTICATE"},
    {0x84, "GET CHALLENGE"},
    {0x86, "GENERAL AUTHENTICATE"},
    {0x87, "GENERAL AUTHENTICATE"},
    {0x88, "INTERNAL AUTHENTICATE"},
    {0xa0, "SEARCH BINARY"},
    {0xa1, "SEARCH BINARY"},
    {0xa2, "SEARCH RECORD"},
    {0xa4, "SELECT"},
    {0xa5, "SELECT DATA"},
    {0xb0, "READ BINARY"},
    {0xb1, "READ BINARY"},
    {0xb2, "READ RECORD"},
    {0xb3, "READ RECORD"},
    {0xc0, "GET RESPONSE"},
    {0xc2, "ENVELOPE"},
    {0xc3, "ENVELOPE"},
    {0xca, "GET DATA"},
    {0xcb, "GET DATA"},
    {0xcc, "GET NEXT DATA"},
    {0xd0, "WRITE BINARY"},
    {0xd1, "WRITE BINARY"},
    {0xd2, "WRITE RECORD"},
    {0xd6, "UPDATE BINARY"},
    {0xd7, "UPDATE BINARY"},
    {0xda, "PUT DATA"},
    {0xdb, "PUT DATA"},
    {0xdc, "UPDATE RECORD"},
    {0xdd, "UPDATE RECORD"},
    {0xe0, "CREATE FILE"},
    {0xe2, "APPEND RECORD"},
    {0xe4, "DELETE FILE"},
    {0xe6, "TERMINATE DF"},
    {0xe8, "TERMINATE EF"},
    {0xfe, "TERMINATE CARD"},
});

/// NIST SP 800-73-4 part 2 has no others; these are Yubico's, in ascending order.
constexpr auto kPiv = std::to_array<KnownCommand>({
    {0xf6, "MOVE KEY"},
    {0xf7, "GET METADATA"},
    {0xf8, "GET SERIAL"},
    {0xf9, "ATTEST"},
    {0xfa, "SET PIN RETRIES"},
    {0xfb, "RESET"},
    {0xfd, "GET VERSION"},
    {0xfe, "IMPORT KEY"},
    {0xff, "SET MANAGEMENT KEY"},
});

/// GSC-IS 2.1 §5.3.
constexpr auto kCac = std::to_array<KnownCommand>({
    {0x42, "SIGN OR DECRYPT"},
    {0x4c, "GET ACR"},
    {0x52, "READ BUFFER"},
    {0x56, "GET PROPERTIES"},
    {0x58, "UPDATE BUFFER"},
});

/// GlobalPlatform Card 2.3 §11.
constexpr auto kGlobalPlatform = std::to_array<KnownCommand>({
    {0x50, "INITIALIZE UPDATE"},
    {0x82, "EXTERNAL AUTHENTICATE"},
    {0xca, "GET DATA"},
    {0xd8, "PUT KEY"},
    {0xe2, "STORE DATA"},
    {0xe4, "DELETE"},
    {0xe6, "INSTALL"},
    {0xe8, "LOAD"},
    {0xf0, "SET STATUS"},
    {0xf2, "GET STATUS"},
});

constexpr auto kOpenPgp =
    std::to_array<KnownCommand>({{0xf1, "GET VERSION"}, {0xf2, "SET PIN RETRIES"}});

constexpr std::uint8_t kProprietaryClass = 0x80;  ///< ISO 7816-4 §5.4.1

std::string_view find(std::span<const KnownCommand> table, std::uint8_t instruction) {
  const auto found = std::ranges::lower_bound(table, instruction, {}, &KnownCommand::instruction);
  return found != table.end() && found->instruction == instruction ? found->name : "";
}

/// Those that the application has of its own.
std::string_view own_name(std::uint8_t instruction, Family selected) {
  switch (selected) {
    case Family::Piv:
      return find(kPiv, instruction);
    case Family::Cac:
      return find(kCac, instruction);
    case Family::OpenPgp:
      return find(kOpenPgp, instruction);
    case Family::Unknown:
    case Family::Pkcs15:
    case Family::GlobalPlatform:
    case Family::Other:
      return find(kGlobalPlatform, instruction);
  }
  return "";
}

/// PERFORM SECURITY OPERATION has its operations in P1 and P2, ISO 7816-8 §11.
std::string_view operation_name(std::uint8_t p1, std::uint8_t p2) {
  switch (p1 << 8 | p2) {
    case 0x9e9a:
      return "COMPUTE SIGNATURE";
    case 0x8086:
      return "DECIPHER";
    case 0x8680:
      return "ENCIPHER";
    case 0x9080:
    case 0x90a0:
      return "HASH";
    case 0x00be:
      return "VERIFY CERTIFICATE";
    default:
      return find(kInterindustry, kPerformSecurityOperation);
  }
}

std::string_view known_name(Bytes header, Family selected) {
  if (header[1] == kPerformSecurityOperation) return operation_name(header[2], header[3]);
  const bool proprietary = (header[0] & kProprietaryClass) != 0;
  const std::string_view standard = find(kInterindustry, header[1]);
  const std::string_view own = own_name(header[1], selected);
  if (proprietary) return own.empty() ? standard : own;
  // IMPORT KEY is what ISO calls TERMINATE CARD.
  if (selected == Family::Piv && !own.empty()) return own;
  // OpenSC sends the CAC's with the interindustry class.
  const bool either = selected == Family::OpenPgp || selected == Family::Cac;
  return standard.empty() && either ? own : standard;
}

}  // namespace

std::string command_name(Bytes command, Family selected) {
  if (command.size() < kApduHeader) return "malformed";
  const std::string_view known = known_name(command, selected);
  if (!known.empty()) return std::string(known);
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {'I', 'N', 'S', ' ', kDigits[command[1] >> 4], kDigits[command[1] & 0xf]};
}

}  // namespace vscard::protocol::iso7816::names
