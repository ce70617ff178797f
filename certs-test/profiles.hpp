#pragma once

#include "certs-test/subject.hpp"
#include "certs-test/x509.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// What each certificate of a set says, the good ones' and the bad ones'.
namespace vscard::certs_test {

/// Why a login must be refused.
enum class Defect {
  Expired,
  NotYetValid,  ///< until the good certificates expire
  Revoked,      ///< listed in the CA's revocation list
  SelfSigned,
  WrongKeyUsage,        ///< may sign documents, not log in: nonRepudiation without digitalSignature
  WrongIssuer,          ///< by a CA that nobody trusts
  WeakHash,             ///< signed with SHA-1
  NameConstraint,       ///< by an intermediate CA that may not issue for this subject
  WrongUpn,             ///< names somebody else to Windows and to Kerberos
  MissingEku,           ///< for mail alone: neither for TLS clients nor for logon
  CrlExpired,           ///< by an intermediate CA whose revocation list is out of date
  IntermediateMissing,  ///< by an intermediate CA whose certificate is not given along
};

inline constexpr std::array<std::pair<Defect, std::string_view>, 12> kDefects{
    {{Defect::Expired, "expired"},
     {Defect::NotYetValid, "not-yet-valid"},
     {Defect::Revoked, "revoked"},
     {Defect::SelfSigned, "self-signed"},
     {Defect::WrongKeyUsage, "wrong-key-usage"},
     {Defect::WrongIssuer, "wrong-issuer"},
     {Defect::WeakHash, "weak-hash"},
     {Defect::NameConstraint, "name-constraint"},
     {Defect::WrongUpn, "wrong-upn"},
     {Defect::MissingEku, "missing-eku"},
     {Defect::CrlExpired, "crl-expired"},
     {Defect::IntermediateMissing, "intermediate-missing"}}};

/// Has the bad certificate another issuer than the CA of the good ones?
constexpr bool has_own_issuer(Defect defect) {
  return defect == Defect::WrongIssuer || defect == Defect::NameConstraint ||
         defect == Defect::CrlExpired || defect == Defect::IntermediateMissing;
}

std::string_view name_of(Defect defect);
std::optional<Defect> parse_defect(std::string_view name);

/// When the certificates of one set are valid.
struct Calendar {
  std::chrono::sys_seconds now;
  std::chrono::days days;

  Validity authority() const;  ///< encloses all the others
  Validity good() const;       ///< from yesterday: a guest's clock may be behind
  Validity past() const;
  Validity future() const;
};

Profile authority_profile(std::string common_name, const Calendar& calendar);
/// The same for a CA that may issue for nobody whom a user is likely to be.
Profile constrained_authority_profile(std::string common_name, const Calendar& calendar);
Profile identity_profile(const Subject& subject, const Calendar& calendar);
Profile signing_profile(const Subject& subject, const Calendar& calendar);
/// For a key of this kind: RSA decrypts, EC agrees on secrets.
Profile encryption_profile(const Subject& subject, const Calendar& calendar, KeyKind key);

/// The identity certificate with the defect, as far as it is in what the certificate says: the
/// other defects are in who issues it and what is revoked.
Profile bad_identity_profile(Defect defect, const Subject& subject, const Calendar& calendar);

}  // namespace vscard::certs_test
