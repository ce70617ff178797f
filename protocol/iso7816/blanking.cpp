#include "protocol/iso7816/blanking.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace vscard::protocol::iso7816 {
namespace {

// Class byte, ISO 7816-4 §5.4.1.
constexpr unsigned kProprietary = 0x80;
constexpr unsigned kChain = 0x10;

// Instructions that ask for secrets in some of their forms.
constexpr unsigned kPerformSecurityOperation = 0x2a;  // ISO 7816-8 §5.2
constexpr unsigned kGeneralAuthenticate = 0x87;       // SP 800-73-4 part 2, 3.2.4
constexpr unsigned kCacSignDecrypt = 0x42;            // GSC-IS 2.1 §5.3.4.1

// P1 of PERFORM SECURITY OPERATION: what is in the answer, ISO 7816-8 §5.2.
constexpr std::uint8_t kSign = 0x9e;
constexpr std::uint8_t kHash = 0x90;
constexpr std::uint8_t kDecipher = 0x80;

/// Whose data and answer have no secret, in ascending order (ISO 7816-4 §11, SP 800-73-4 and what
/// YubiKeys add to it, OpenPGP 3.4). Whatever is missing here is blank.
constexpr std::array<std::uint8_t, 18> kOpen{
    0x22,        // MANAGE SECURITY ENVIRONMENT
    0x2a,        // PERFORM SECURITY OPERATION: see answer_of()
    0x47,        // GENERATE ASYMMETRIC KEY PAIR
    0x70,        // MANAGE CHANNEL
    0x84,        // GET CHALLENGE
    0x87,        // GENERAL AUTHENTICATE: see answer_of()
    0x88,        // INTERNAL AUTHENTICATE
    0xa4,        // SELECT
    0xb0, 0xb1,  // READ BINARY
    0xb2, 0xb3,  // READ RECORD
    0xc0,        // GET RESPONSE
    0xca, 0xcb,  // GET DATA
    0xf7, 0xf8,  // of a YubiKey: GET METADATA, GET SERIAL
    0xfd,        // … GET VERSION
};

/// … of class 80: those of the CAC (GSC-IS 2.1 §5.3). OpenSC gives them class 00, too.
constexpr std::array<std::uint8_t, 5> kOpenCac{
    0x36,  // GET CERTIFICATE
    0x42,  // SIGN/DECRYPT
    0x4c,  // GET ACR
    0x52,  // READ BUFFER
    0x56,  // GET PROPERTIES
};

/// PIV objects with fingerprints, a face, an iris, and the printed information, in which YubiKey's
/// tools keep a management key (SP 800-73-4 part 1, table 3).
constexpr std::array<std::uint8_t, 4> kPrivateObjects{0x03, 0x08, 0x09, 0x21};

bool is_open(std::uint8_t cla, std::uint8_t ins) {
  if (has_secure_messaging(cla)) return false;
  const unsigned without_chain = cla & ~kChain;
  const bool cac = without_chain == kProprietary || without_chain == 0;
  if (cac && std::ranges::binary_search(kOpenCac, ins)) return true;
  return (cla & kProprietary) == 0 && std::ranges::binary_search(kOpen, ins);
}

/// The tags in the template 7C of GENERAL AUTHENTICATE, as far as it is here; nothing: it is none.
std::optional<std::vector<std::uint8_t>> template_tags(Bytes data) {
  std::vector<std::uint8_t> tags;
  bool outer = true;
  while (!data.empty()) {
    if (data.size() < 2 || (outer && data[0] != 0x7c)) return std::nullopt;
    const unsigned form = data[1];
    const std::size_t more = form > 0x80 ? form - 0x80 : 0;
    if (form == 0x80 || more > 2 || data.size() < 2 + more) return std::nullopt;
    std::size_t length = more == 0 ? form : 0;
    for (const unsigned byte : data.subspan(2, more)) length = length << 8 | byte;
    if (!outer) tags.push_back(data[0]);
    data = data.subspan(2 + more);
    if (!outer) data = data.subspan(std::min(length, data.size()));
    outer = false;
  }
  return tags;
}

constexpr std::uint8_t kManagementKey = 0x9b;  // SP 800-73-4 part 1, table 4b
constexpr std::uint8_t kChallenge = 0x81;      // … part 2, table 7
constexpr std::uint8_t kResponse = 0x82;
constexpr std::uint8_t kExponentiation = 0x85;

/// May the data of this GENERAL AUTHENTICATE be shown? That of the management key may not.
bool authenticates_with_private_key(const CommandApdu& command) {
  if (command.p2 == kManagementKey) return false;
  const auto tags = template_tags(command.data);
  return tags && std::ranges::all_of(*tags, [](std::uint8_t tag) {
           return tag == kChallenge || tag == kResponse || tag == kExponentiation;
         });
}

bool agrees_on_key(const CommandApdu& command) {
  const auto tags = template_tags(command.data);
  return !tags || std::ranges::find(*tags, kExponentiation) != tags->end();
}

bool is_private_object(const CommandApdu& command) {
  constexpr auto kGetData = static_cast<std::uint8_t>(Instruction::GetDataBerTlv);
  return command.ins == kGetData && command.data.size() == 5 && command.data[0] == 0x5c &&
         command.data[1] == 3 && command.data[2] == 0x5f && command.data[3] == 0xc1 &&
         std::ranges::find(kPrivateObjects, command.data[4]) != kPrivateObjects.end();
}

/// Of RSA without the padding taken off: what was encrypted to the card begins with 00 02, and a
/// signature, which is any number, hardly ever does (PKCS #1 §7.2.2). PIV has the number in 7C, 82.
bool looks_deciphered(Bytes response) {
  constexpr std::size_t kEnvelope = 10;  // 7C 82 ll ll 82 82 ll ll 00 02
  const Bytes start = response.first(std::min(response.size(), kEnvelope));
  const bool piv = !start.empty() && start[0] == 0x7c;
  constexpr std::array<std::uint8_t, 2> kType2{0x00, 0x02};
  if (!piv) return start.size() >= 2 && std::ranges::equal(start.first(2), kType2);
  return !std::ranges::search(start.subspan(1), kType2).empty();
}

BlankedApdu shown(Bytes apdu) { return {.bytes = {apdu.begin(), apdu.end()}}; }

/// With zeros from `begin` to `end`.
BlankedApdu blanked(Bytes apdu, std::size_t begin, std::size_t end) {
  BlankedApdu out = shown(apdu);
  if (begin >= end) return out;
  std::fill(out.bytes.begin() + static_cast<std::ptrdiff_t>(begin),
            out.bytes.begin() + static_cast<std::ptrdiff_t>(end), std::uint8_t{0});
  out.blank_begin = begin;
  out.blank_size = end - begin;
  return out;
}

bool goes_on(Bytes apdu) { return apdu.size() >= kApduHeader && (apdu[0] & kChain) != 0; }

}  // namespace

Blanking::Rule Blanking::rule_of(Bytes apdu) {
  constexpr Rule kBlank{.shown = false, .answer = Answer::Secret};
  if (apdu.size() < kApduHeader || !is_open(apdu[0], apdu[1])) return kBlank;
  const auto command = CommandApdu::parse(apdu);
  if (!command) return kBlank;
  Rule rule{.shown = true, .answer = Answer::Open};
  if (command->ins == kGeneralAuthenticate) {
    rule.shown = authenticates_with_private_key(*command);
    rule.answer = agrees_on_key(*command) ? Answer::Secret : Answer::RawRsa;
  } else if (command->ins == kPerformSecurityOperation) {
    rule.shown = command->p1 == kSign || command->p1 == kHash || command->p1 == kDecipher;
    if (command->p1 == kDecipher) rule.answer = Answer::Secret;
  } else if (command->ins == kCacSignDecrypt) {
    rule.answer = Answer::RawRsa;
  } else if (is_private_object(*command)) {
    rule.answer = Answer::Secret;
  }
  return rule.shown ? rule : kBlank;
}

Blanking::Rule Blanking::rule_for(Bytes apdu) const {
  const bool continues = !chained_.empty() && apdu.size() >= kApduHeader &&
                         std::ranges::equal(apdu.subspan(1, kApduHeader - 1), chained_);
  if (continues && CommandApdu::parse(apdu)) return rule_;
  Rule rule = rule_of(apdu);
  if (rule.shown && apdu[1] == static_cast<std::uint8_t>(Instruction::GetResponse))
    rule.answer = rule_.answer;
  return rule;
}

BlankedApdu Blanking::command(Bytes apdu) {
  rule_ = rule_for(apdu);
  chained_.clear();
  if (goes_on(apdu)) chained_.assign(apdu.begin() + 1, apdu.begin() + kApduHeader);
  return blanked(apdu, rule_.shown ? apdu.size() : std::min(apdu.size(), kApduHeader), apdu.size());
}

BlankedApdu Blanking::response(Bytes apdu) {
  // A card that answers 61xx has yet to show which it is.
  if (rule_.answer == Answer::RawRsa && apdu.size() > kStatusWord) {
    rule_.answer = looks_deciphered(apdu) ? Answer::Secret : Answer::Open;
  }
  const std::size_t data = apdu.size() < kStatusWord ? apdu.size() : apdu.size() - kStatusWord;
  return blanked(apdu, rule_.answer == Answer::Secret ? 0 : data, data);
}

}  // namespace vscard::protocol::iso7816
