#include "certs-test/profiles.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace vscard::certs_test {
namespace {

using std::chrono::days;

constexpr days kSlack{30};  ///< by which the CA's time encloses the others'
constexpr days kBackdated{1};

/// Microsoft's user principal name, which login stacks map to an account.
std::string user_principal_name(const Principal& principal) {
  return fmt::format("otherName:1.3.6.1.4.1.311.20.2.3;UTF8:{}@{}", principal.user,
                     principal.realm);
}

/// id-pkinit-san, RFC 4556 §3.2.2: a Kerberos server gives a ticket to the principal that it names.
constexpr const char* kPkinitName = "otherName:1.3.6.1.5.2.2;SEQUENCE:principal";

/// What kPkinitName refers to: a KRB5PrincipalName whose name is an NT-PRINCIPAL (1).
std::string pkinit_sections(const Principal& principal) {
  return fmt::format(
      "[principal]\n"
      "realm = EXPLICIT:0,GeneralString:{}\n"
      "name = EXPLICIT:1,SEQUENCE:name\n"
      "[name]\n"
      "type = EXPLICIT:0,INTEGER:1\n"
      "strings = EXPLICIT:1,SEQUENCE:strings\n"
      "[strings]\n"
      "user = GeneralString:{}\n",
      principal.realm, principal.user);
}

std::string e_mail(const Subject& subject) { return "email:" + subject.address; }

/// Who the first two alternative names of an identity say it is.
void name(Profile& identity, const Principal& principal) {
  identity.alternative_names.at(0) = user_principal_name(principal);
  identity.sections = pkinit_sections(principal);
}

}  // namespace

std::string_view name_of(Defect defect) {
  return std::ranges::find(kDefects, defect, &std::pair<Defect, std::string_view>::first)->second;
}

std::optional<Defect> parse_defect(std::string_view name) {
  const auto* found =
      std::ranges::find(kDefects, name, &std::pair<Defect, std::string_view>::second);
  if (found == kDefects.end()) return std::nullopt;
  return found->first;
}

Validity Calendar::authority() const {
  return {.from = now - kSlack, .to = now + days * 2 + kSlack};
}
Validity Calendar::good() const { return {.from = now - kBackdated, .to = now + days}; }
Validity Calendar::past() const { return {.from = now - kSlack, .to = now - kBackdated}; }
Validity Calendar::future() const { return {.from = now + days, .to = now + days * 2}; }

Profile authority_profile(std::string common_name, const Calendar& calendar) {
  return {.common_name = std::move(common_name),
          .validity = calendar.authority(),
          .authority = true,
          .key_usage = {"keyCertSign", "cRLSign"},
          .extended_key_usage = {},
          .alternative_names = {},
          .sections = {}};
}

Profile constrained_authority_profile(std::string common_name, const Calendar& calendar) {
  Profile profile = authority_profile(std::move(common_name), calendar);
  profile.name_constraints = {"permitted;email:elsewhere.invalid", "permitted;dirName:elsewhere"};
  profile.sections = "[elsewhere]\nO = Elsewhere\n";
  return profile;
}

Profile identity_profile(const Subject& subject, const Calendar& calendar) {
  const Principal principal = principal_of(subject);
  return {.common_name = subject.name,
          .validity = calendar.good(),
          .key_usage = {"digitalSignature"},
          .extended_key_usage = {"clientAuth", "msSmartcardLogin", "pkInitClientAuth"},
          .alternative_names = {user_principal_name(principal), kPkinitName, e_mail(subject)},
          .sections = pkinit_sections(principal)};
}

Profile signing_profile(const Subject& subject, const Calendar& calendar) {
  return {.common_name = subject.name,
          .validity = calendar.good(),
          .key_usage = {"digitalSignature", "nonRepudiation"},
          .extended_key_usage = {"emailProtection", "codeSigning"},
          .alternative_names = {e_mail(subject)},
          .sections = {}};
}

Profile encryption_profile(const Subject& subject, const Calendar& calendar, KeyKind key) {
  return {.common_name = subject.name,
          .validity = calendar.good(),
          .key_usage = {is_rsa(key) ? "keyEncipherment" : "keyAgreement"},
          .extended_key_usage = {},
          .alternative_names = {e_mail(subject)},
          .sections = {}};
}

Profile bad_identity_profile(Defect defect, const Subject& subject, const Calendar& calendar) {
  Profile profile = identity_profile(subject, calendar);
  switch (defect) {
    case Defect::Expired:
      profile.validity = calendar.past();
      break;
    case Defect::NotYetValid:
      profile.validity = calendar.future();
      break;
    case Defect::WrongKeyUsage:
      profile.key_usage = {"nonRepudiation"};
      break;
    case Defect::WeakHash:
      profile.hash = SignatureHash::Sha1;
      break;
    case Defect::WrongUpn:
      name(profile,
           {.user = "not-" + principal_of(subject).user, .realm = principal_of(subject).realm});
      break;
    case Defect::MissingEku:
      profile.extended_key_usage = {"emailProtection"};
      break;
    case Defect::Revoked:
    case Defect::SelfSigned:
    case Defect::WrongIssuer:
    case Defect::NameConstraint:
    case Defect::CrlExpired:
    case Defect::IntermediateMissing:
      break;
  }
  return profile;
}

}  // namespace vscard::certs_test
