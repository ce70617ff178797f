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
  WrongKeyUsage,  ///< may sign documents, not log in: nonRepudiation without digitalSignature
  WrongIssuer,    ///< by a CA that nobody trusts
};

inline constexpr std::array<std::pair<Defect, std::string_view>, 6> kDefects{
    {{Defect::Expired, "expired"},
     {Defect::NotYetValid, "not-yet-valid"},
     {Defect::Revoked, "revoked"},
     {Defect::SelfSigned, "self-signed"},
     {Defect::WrongKeyUsage, "wrong-key-usage"},
     {Defect::WrongIssuer, "wrong-issuer"}}};

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
Profile identity_profile(const Subject& subject, const Calendar& calendar);
Profile signing_profile(const Subject& subject, const Calendar& calendar);
Profile encryption_profile(const Subject& subject, const Calendar& calendar);

/// The identity certificate with the defect, as far as it is in what the certificate says: the
/// other defects are in who issues it and what is revoked.
Profile bad_identity_profile(Defect defect, const Subject& subject, const Calendar& calendar);

}  // namespace vscard::certs_test
