#include "certs-test/soft_cards.hpp"

#include "cards/piv/pin.hpp"
#include "certs-test/card_files.hpp"
#include "certs-test/key_maker.hpp"
#include "certs-test/nss.hpp"
#include "certs-test/staging.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>

namespace vscard::certs_test {
namespace {

namespace fs = std::filesystem;

/// Two CAs with one name would be taken for each other.
std::string unique_name(std::string_view name) {
  return fmt::format("{} {:08x}", name, std::random_device{}());
}

/// A bad certificate, and its issuer if that is not the CA of the good ones.
struct BadIdentity {
  Credential identity;
  std::optional<Credential> issuer;
};

/// What the keys of a set are, in the order in which an Issuer needs them.
std::vector<KeyKind> kinds_of(const SoftCardOptions& options) {
  const KeyKinds& keys = options.keys;
  std::vector<KeyKind> kinds{keys.authority};
  for (std::size_t i = 0; i < options.subjects.size(); ++i)
    kinds.insert(kinds.end(), {keys.identity, keys.signing, keys.encryption});
  for (const Defect defect : options.bad) {
    if (has_own_issuer(defect)) kinds.push_back(keys.authority);
    kinds.push_back(keys.identity);
  }
  return kinds;
}

/// Makes certificates, one after the other, and tells which one's key is next.
class Issuer {
 public:
  explicit Issuer(const SoftCardOptions& options)
      : options_(options),
        calendar_{.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
                  .days = std::chrono::days(options.days)},
        kinds_(kinds_of(options)),
        keys_(kinds_, options.interrupted) {}

  const Calendar& calendar() const { return calendar_; }

  Result<Credential> authority(std::string_view name) {
    auto key = next_key(name);
    if (!key) return std::unexpected(key.error());
    return self_sign(authority_profile(unique_name(name), calendar_), std::move(*key));
  }

  /// Identity, signing and encryption.
  Result<std::vector<Credential>> card(const Subject& subject, const Credential& ca) {
    const std::array<std::pair<std::string_view, Profile>, 3> plan{
        {{"identity", identity_profile(subject, calendar_)},
         {"signing", signing_profile(subject, calendar_)},
         {"encryption", encryption_profile(subject, calendar_, options_.keys.encryption)}}};
    std::vector<Credential> made;
    for (const auto& [what, profile] : plan) {
      auto key = next_key(fmt::format("{}, {}", subject.name, what));
      if (!key) return std::unexpected(key.error());
      auto credential = issue(profile, std::move(*key), ca);
      if (!credential) return std::unexpected(credential.error());
      made.push_back(std::move(*credential));
    }
    return made;
  }

  Result<BadIdentity> bad_identity(Defect defect, const Subject& subject, const Credential& ca) {
    BadIdentity bad;
    if (has_own_issuer(defect)) {
      auto made = own_issuer(defect, ca);
      if (!made) return std::unexpected(made.error());
      bad.issuer = std::move(*made);
    }
    auto key = next_key(fmt::format("{}, identity, {}", subject.name, name_of(defect)));
    if (!key) return std::unexpected(key.error());
    Profile profile = bad_identity_profile(defect, subject, calendar_);
    auto made = defect == Defect::SelfSigned
                    ? self_sign(std::move(profile), std::move(*key))
                    : issue(std::move(profile), std::move(*key), bad.issuer ? *bad.issuer : ca);
    if (!made) return std::unexpected(made.error());
    bad.identity = std::move(*made);
    return bad;
  }

 private:
  Result<Credential> own_issuer(Defect defect, const Credential& ca) {
    if (defect == Defect::WrongIssuer) return authority("unknown test CA");
    const std::string name = unique_name("vscard intermediate test CA");
    auto key = next_key(fmt::format("intermediate CA, {}", name_of(defect)));
    if (!key) return std::unexpected(key.error());
    return issue(defect == Defect::NameConstraint ? constrained_authority_profile(name, calendar_)
                                                  : authority_profile(name, calendar_),
                 std::move(*key), ca);
  }

  Result<Key> next_key(std::string_view what) {
    const KeyKind kind = kinds_.at(made_++);
    if (options_.progress)
      options_.progress(
          fmt::format("making {} key {} of {}: {}", shown_as(kind), made_, kinds_.size(), what));
    return keys_.next();
  }

  const SoftCardOptions& options_;
  Calendar calendar_;
  std::vector<KeyKind> kinds_;
  std::size_t made_ = 0;
  KeyMaker keys_;
};

/// Makes everything in `root`, the manifest last.
class SetMaker {
 public:
  SetMaker(const SoftCardOptions& options, const fs::path& root, const Credential& ca,
           Issuer& issuer)
      : options_(options), root_(root), ca_(ca), issuer_(issuer) {}

  Result<Manifest> make(const std::vector<Subject>& subjects) {
    auto made = make_folder(root_ / "cards", 0755);
    for (const Subject& subject : subjects)
      if (made) made = add_card(subject);
    if (made && !options_.bad.empty()) made = make_folder(root_ / "bad", 0755);
    for (const Defect defect : options_.bad)
      if (made) made = add_bad_card(defect, subjects.front());
    if (made) made = add_ca();
    if (made) made = write_manifest();
    if (!made) return std::unexpected(made.error());
    return std::move(manifest_);
  }

 private:
  using Made = Result<>;

  Made add_card(const Subject& subject) {
    auto made = issuer_.card(subject, ca_);
    if (!made) return std::unexpected(made.error());
    auto written = add(fs::path("cards") / subject.folder,
                       {.type = options_.type,
                        .name = subject.folder,
                        .defect = "",
                        .credentials = {&made->at(0), &made->at(1), &made->at(2)}});
    if (first_.empty()) first_ = std::move(*made);
    return written;
  }

  /// Only the identity is bad; the rest is what the subject's good card holds.
  Made add_bad_card(Defect defect, const Subject& subject) {
    auto bad = issuer_.bad_identity(defect, subject, ca_);
    if (!bad) return std::unexpected(bad.error());
    const std::string name(name_of(defect));
    const bool intermediate = bad->issuer && defect != Defect::WrongIssuer;
    const bool given_along = intermediate && defect != Defect::IntermediateMissing;
    auto written =
        add(fs::path("bad") / name, {.type = options_.type,
                                     .name = name,
                                     .defect = name,
                                     .credentials = {&bad->identity, &first_.at(1), &first_.at(2)},
                                     .intermediate = given_along ? &*bad->issuer : nullptr});
    if (written && intermediate) written = add_issuer(defect, *bad->issuer);
    if (defect == Defect::Revoked) revoked_ = std::move(bad->identity);
    return written;
  }

  /// The intermediate CA, and what it has revoked: nothing.
  Made add_issuer(Defect defect, const Credential& issuer) {
    const Calendar& calendar = issuer_.calendar();
    auto crl =
        make_crl(issuer, defect == Defect::CrlExpired ? calendar.past() : current(calendar), {});
    if (!crl) return std::unexpected(crl.error());
    return write_issuer(root_ / "bad" / name_of(defect), issuer, **crl);
  }

  Made add(const fs::path& place, const Card& card) {
    auto entry = write_card(root_, place, card, ca_, secrets());
    if (!entry) return std::unexpected(entry.error());
    manifest_.cards.push_back(std::move(*entry));
    return {};
  }

  Made add_ca() {
    std::vector<const X509*> revoked;
    if (revoked_) revoked.push_back(revoked_->certificate.get());
    auto crl = make_crl(ca_, current(issuer_.calendar()), revoked);
    if (!crl) return std::unexpected(crl.error());
    auto entry = write_ca(root_, ca_, **crl);
    if (!entry) return std::unexpected(entry.error());
    manifest_.ca = std::move(*entry);
    return {};
  }

  Made write_manifest() {
    const std::string text = to_json(manifest_);
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    return write_file(root_ / kManifestFile, bytes, 0644);
  }

  CardSecrets secrets() const {
    return {.pin = options_.pin, .full_work = options_.key_derivation == KeyDerivation::Full};
  }

  /// Of a revocation list.
  static Validity current(const Calendar& calendar) {
    return {.from = calendar.good().from, .to = calendar.authority().to};
  }

  const SoftCardOptions& options_;
  const fs::path& root_;
  const Credential& ca_;
  Issuer& issuer_;
  std::vector<Credential> first_;  ///< the first subject's
  std::optional<Credential> revoked_;
  Manifest manifest_;
};

Result<std::vector<Subject>> parse_subjects(const std::vector<std::string>& texts) {
  std::vector<Subject> subjects;
  for (const std::string& text : texts) {
    auto subject = parse_subject(text);
    if (!subject) return std::unexpected(subject.error());
    if (std::ranges::count(subjects, subject->folder, &Subject::folder) > 0)
      return std::unexpected(Failure{fmt::format(
          "two subjects would share the folder cards/{}: change a name", subject->folder)});
    subjects.push_back(std::move(*subject));
  }
  if (subjects.empty()) return std::unexpected(Failure{"a soft card needs a subject"});
  return subjects;
}

Result<> check(const SoftCardOptions& options) {
  if (options.days < 1 || options.days > kMaxDays)
    return std::unexpected(
        Failure{fmt::format("certificates are valid for 1 to {} days", kMaxDays)});
  for (const Defect defect : options.bad)
    if (std::ranges::count(options.bad, defect) > 1)
      return std::unexpected(Failure{fmt::format("{} is asked for twice", name_of(defect))});
  if (options.type == CardType::Piv) return cards::piv::check_pin(options.pin);
  const KeyKinds& keys = options.keys;
  for (const KeyKind kind : {keys.identity, keys.signing, keys.encryption})
    if (!is_rsa(kind))
      return std::unexpected(
          Failure{fmt::format("a card of the CAC kind cannot have {} keys, as no program uses them "
                              "there; ask for --type piv, or for --key rsa2048",
                              shown_as(kind))});
  return check_pin(options.pin);
}

/// Whether there are soft cards to replace. Anything else than those is never touched.
Result<bool> check_folder(const SoftCardOptions& options) {
  auto found = find_soft_cards(options.folder);
  if (!found) return std::unexpected(found.error());
  if (*found && !options.force)
    return std::unexpected(Failure{fmt::format(
        "{} holds soft cards already (--force replaces them)", options.folder.string())});
  return found->has_value();
}

}  // namespace

Result<Manifest> make_soft_cards(const SoftCardOptions& options) {
  if (auto checked = check(options); !checked) return std::unexpected(checked.error());
  auto subjects = parse_subjects(options.subjects);
  if (!subjects) return std::unexpected(subjects.error());
  auto occupied = check_folder(options);
  if (!occupied) return std::unexpected(occupied.error());
  auto staging = Staging::beside(options.folder);
  if (!staging) return std::unexpected(staging.error());

  std::optional<nss::FewRounds> few_rounds;
  if (options.key_derivation == KeyDerivation::Quick) few_rounds.emplace();
  Issuer issuer(options);
  auto ca = issuer.authority("vscard test CA");
  if (!ca) return std::unexpected(ca.error());
  auto manifest = SetMaker(options, staging->path(), *ca, issuer).make(*subjects);
  if (!manifest) return manifest;
  auto published = *occupied ? staging->replace() : staging->publish();
  if (!published) return std::unexpected(published.error());
  return manifest;
}

}  // namespace vscard::certs_test
