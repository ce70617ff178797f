#pragma once

#include <cstdint>
#include <optional>

/// Where a card keeps keys and certificates, SP 800-73-4 part 1 tables 3 and 4b.
namespace vscard::cards::piv {

enum class Slot : std::uint8_t {
  Authentication = 0x9a,
  Signature = 0x9c,
  KeyManagement = 0x9d,
  CardAuthentication = 0x9e,
  FirstRetired = 0x82,  ///< of 20 for keys that are not used for new data any more
  LastRetired = 0x95,
  Attestation = 0xf9,  ///< YubiKey's: says which keys were made on the card
};

inline constexpr std::uint8_t kRetiredSlots = 20;

constexpr bool is_retired(Slot slot) {
  return slot >= Slot::FirstRetired && slot <= Slot::LastRetired;
}

/// The i-th retired slot, from 0.
constexpr Slot retired_slot(unsigned i) {
  return static_cast<Slot>(static_cast<unsigned>(Slot::FirstRetired) + i);
}

constexpr std::optional<Slot> slot_of(std::uint8_t key_reference) {
  const auto slot = static_cast<Slot>(key_reference);
  switch (slot) {
    case Slot::Authentication:
    case Slot::Signature:
    case Slot::KeyManagement:
    case Slot::CardAuthentication:
    case Slot::Attestation:
      return slot;
    case Slot::FirstRetired:
    case Slot::LastRetired:
      break;
  }
  return is_retired(slot) ? std::optional(slot) : std::nullopt;
}

/// When a key asks for the PIN, as YubiKey's extensions number it.
enum class PinPolicy : std::uint8_t {
  Never = 1,
  Once = 2,    ///< since the last reset
  Always = 3,  ///< again for each use
};

/// What SP 800-73-4 part 1 table 5 asks for.
constexpr PinPolicy usual_policy(Slot slot) {
  if (slot == Slot::Signature) return PinPolicy::Always;
  if (slot == Slot::CardAuthentication || slot == Slot::Attestation) return PinPolicy::Never;
  return PinPolicy::Once;
}

/// The tag of a data object in GET DATA's list: one to three bytes.
enum class Tag : std::uint32_t {
  Discovery = 0x7e,
  BiometricGroup = 0x7f61,
  CardAuthenticationCertificate = 0x5fc101,
  Chuid = 0x5fc102,
  Fingerprints = 0x5fc103,
  AuthenticationCertificate = 0x5fc105,
  Capabilities = 0x5fc107,
  FacialImage = 0x5fc108,
  PrintedInformation = 0x5fc109,
  SignatureCertificate = 0x5fc10a,
  KeyManagementCertificate = 0x5fc10b,
  KeyHistory = 0x5fc10c,
  FirstRetiredCertificate = 0x5fc10d,
  LastRetiredCertificate = 0x5fc120,
  IrisImages = 0x5fc121,
  LastStandard = 0x5fc123,
  FirstVendor = 0x5fff00,  ///< YubiKey's, and free for programs
  AttestationCertificate = 0x5fff01,
  LastVendor = 0x5fff15,
};

constexpr Tag certificate_tag(Slot slot) {
  switch (slot) {
    case Slot::Authentication:
      return Tag::AuthenticationCertificate;
    case Slot::Signature:
      return Tag::SignatureCertificate;
    case Slot::KeyManagement:
      return Tag::KeyManagementCertificate;
    case Slot::CardAuthentication:
      return Tag::CardAuthenticationCertificate;
    case Slot::Attestation:
      return Tag::AttestationCertificate;
    case Slot::FirstRetired:
    case Slot::LastRetired:
      break;
  }
  return static_cast<Tag>(static_cast<std::uint32_t>(Tag::FirstRetiredCertificate) +
                          static_cast<std::uint32_t>(slot) -
                          static_cast<std::uint32_t>(Slot::FirstRetired));
}

constexpr bool is_retired_certificate(Tag tag) {
  return tag >= Tag::FirstRetiredCertificate && tag <= Tag::LastRetiredCertificate;
}

/// May PUT DATA write it?
constexpr bool is_writable(Tag tag) {
  return (tag >= Tag::CardAuthenticationCertificate && tag <= Tag::LastStandard) ||
         (tag >= Tag::FirstVendor && tag <= Tag::LastVendor);
}

/// Does GET DATA ask for the PIN? SP 800-73-4 part 1 table 2.
constexpr bool is_private(Tag tag) {
  return tag == Tag::Fingerprints || tag == Tag::FacialImage || tag == Tag::PrintedInformation ||
         tag == Tag::IrisImages;
}

}  // namespace vscard::cards::piv
