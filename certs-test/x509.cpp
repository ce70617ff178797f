#include "certs-test/x509.hpp"

#include <fmt/ranges.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <utility>

namespace vscard::certs_test {
namespace {

struct Free {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(CONF* sections) const { NCONF_free(sections); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(X509_REVOKED* entry) const { X509_REVOKED_free(entry); }
  void operator()(ASN1_STRING* value) const { ASN1_STRING_free(value); }  // times and numbers too
  void operator()(char* text) const { OPENSSL_free(text); }
};
template <class T>
using Handle = std::unique_ptr<T, Free>;

constexpr int kSerialBits = 127;  ///< 16 octets, always positive

int go_on(EVP_PKEY_CTX* context) noexcept {
  const auto* interrupted = static_cast<const Interrupted*>(EVP_PKEY_CTX_get_app_data(context));
  return *interrupted && (*interrupted)() ? 0 : 1;
}

Result<Key> make_rsa_key(int bits, const Interrupted& interrupted) {
  const Handle<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  if (!context || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits) != 1)
    return std::unexpected(openssl_error("cannot make an RSA key"));
  EVP_PKEY_CTX_set_app_data(context.get(), const_cast<Interrupted*>(&interrupted));
  EVP_PKEY_CTX_set_cb(context.get(), go_on);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_generate(context.get(), &key) == 1) return Key(key);
  if (interrupted && interrupted()) return std::unexpected(Failure{"interrupted"});
  return std::unexpected(openssl_error("cannot make an RSA key"));
}

bool set_random_serial(ASN1_INTEGER* serial) {
  const Handle<BIGNUM> number(BN_new());
  return number && BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), serial) != nullptr;
}

Handle<ASN1_TIME> to_asn1(std::chrono::sys_seconds time) {
  return Handle<ASN1_TIME>(ASN1_TIME_set(nullptr, std::chrono::system_clock::to_time_t(time)));
}

bool set_validity(X509& certificate, const Validity& validity) {
  const auto from = to_asn1(validity.from);
  const auto to = to_asn1(validity.to);
  return from && to && X509_set1_notBefore(&certificate, from.get()) == 1 &&
         X509_set1_notAfter(&certificate, to.get()) == 1;
}

bool set_common_name(X509& certificate, const std::string& name) {
  X509_NAME* subject = X509_get_subject_name(&certificate);
  return X509_NAME_add_entry_by_NID(
             subject, NID_commonName, MBSTRING_UTF8,
             reinterpret_cast<const unsigned char*>(name.data()),  // NOLINT: OpenSSL's characters
             static_cast<int>(name.size()), -1, 0) == 1;
}

Handle<CONF> parse_sections(const std::string& text) {
  const Handle<BIO> in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Handle<CONF> sections(NCONF_new(nullptr));
  if (!in || !sections || NCONF_load_bio(sections.get(), in.get(), nullptr) != 1) return nullptr;
  return sections;
}

bool add_extension(X509& certificate, X509V3_CTX& context, int nid, const std::string& value) {
  const Handle<X509_EXTENSION> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

std::vector<std::string> critical(std::vector<std::string> values) {
  if (!values.empty()) values.insert(values.begin(), "critical");
  return values;
}

const EVP_MD* digest_of(SignatureHash hash) {
  return hash == SignatureHash::Sha1 ? EVP_sha1() : EVP_sha256();
}

/// The order matters: a self-signed certificate's authority key is the subject key just added.
bool add_extensions(X509& certificate, X509& issuer, const Profile& profile) {
  const Handle<CONF> sections = parse_sections(profile.sections);
  if (!sections) return false;
  X509V3_CTX context{};
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  X509V3_set_nconf(&context, sections.get());
  const auto add = [&](int nid, const std::string& value) {
    return add_extension(certificate, context, nid, value);
  };
  const auto add_list = [&](int nid, const std::vector<std::string>& values) {
    return values.empty() || add(nid, fmt::format("{}", fmt::join(values, ",")));
  };
  return add(NID_basic_constraints, profile.authority ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
         add(NID_key_usage, fmt::format("critical,{}", fmt::join(profile.key_usage, ","))) &&
         add_list(NID_ext_key_usage, profile.extended_key_usage) &&
         add_list(NID_subject_alt_name, profile.alternative_names) &&
         add_list(NID_name_constraints, critical(profile.name_constraints)) &&
         add(NID_subject_key_identifier, "hash") &&
         add(NID_authority_key_identifier, "keyid:always");
}

/// `issuer` null: the certificate itself.
Result<Credential> make_credential(Profile profile, Key key, X509* issuer, EVP_PKEY& issuer_key) {
  Certificate made(X509_new());
  if (issuer == nullptr) issuer = made.get();
  const bool ok = made && X509_set_version(made.get(), X509_VERSION_3) == 1 &&
                  set_random_serial(X509_get_serialNumber(made.get())) &&
                  set_common_name(*made, profile.common_name) &&
                  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer)) == 1 &&
                  set_validity(*made, profile.validity) &&
                  X509_set_pubkey(made.get(), key.get()) == 1 &&
                  add_extensions(*made, *issuer, profile) &&
                  X509_sign(made.get(), &issuer_key, digest_of(profile.hash)) > 0;
  if (!ok)
    return std::unexpected(
        openssl_error(fmt::format("cannot make a certificate for \"{}\"", profile.common_name)));
  return Credential{
      .profile = std::move(profile), .certificate = std::move(made), .key = std::move(key)};
}

bool add_revoked(X509_CRL& crl, const X509& certificate, const ASN1_TIME* when) {
  Handle<X509_REVOKED> entry(X509_REVOKED_new());
  const Handle<ASN1_ENUMERATED> reason(ASN1_ENUMERATED_new());
  const bool ok =
      entry && reason &&
      X509_REVOKED_set_serialNumber(
          entry.get(), const_cast<ASN1_INTEGER*>(X509_get0_serialNumber(&certificate))) == 1 &&
      X509_REVOKED_set_revocationDate(entry.get(), const_cast<ASN1_TIME*>(when)) == 1 &&
      ASN1_ENUMERATED_set(reason.get(), CRL_REASON_KEY_COMPROMISE) == 1 &&
      X509_REVOKED_add1_ext_i2d(entry.get(), NID_crl_reason, reason.get(), 0, 0) == 1 &&
      X509_CRL_add0_revoked(&crl, entry.get()) == 1;
  [[maybe_unused]] const X509_REVOKED* owned_by_crl = ok ? entry.release() : nullptr;
  return ok;
}

bool add_crl_extensions(X509_CRL& crl, X509& issuer) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, &issuer, nullptr, nullptr, &crl, 0);
  const Handle<X509_EXTENSION> authority(
      X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"));
  const Handle<ASN1_INTEGER> number(ASN1_INTEGER_new());
  return authority && number && X509_CRL_add_ext(&crl, authority.get(), -1) == 1 &&
         ASN1_INTEGER_set(number.get(), 1) == 1 &&
         X509_CRL_add1_ext_i2d(&crl, NID_crl_number, number.get(), 0, 0) == 1;
}

}  // namespace

void OpensslFree::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
void OpensslFree::operator()(X509* certificate) const { X509_free(certificate); }
void OpensslFree::operator()(X509_CRL* crl) const { X509_CRL_free(crl); }

Result<Key> make_key(KeyKind kind, const Interrupted& interrupted) {
  if (is_rsa(kind)) return make_rsa_key(rsa_bits(kind), interrupted);
  Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", kind == KeyKind::P256 ? "P-256" : "P-384"));
  if (!key) return std::unexpected(openssl_error("cannot make an EC key"));
  return key;
}

Result<Credential> issue(Profile profile, Key key, const Credential& issuer) {
  return make_credential(std::move(profile), std::move(key), issuer.certificate.get(), *issuer.key);
}

Result<Credential> self_sign(Profile profile, Key key) {
  EVP_PKEY& own = *key;
  return make_credential(std::move(profile), std::move(key), nullptr, own);
}

Result<Crl> make_crl(const Credential& issuer, const Validity& validity,
                     std::span<const X509* const> revoked) {
  Crl crl(X509_CRL_new());
  const auto from = to_asn1(validity.from);
  const auto to = to_asn1(validity.to);
  bool ok =
      crl && from && to && X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1 &&
      X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate.get())) == 1 &&
      X509_CRL_set1_lastUpdate(crl.get(), from.get()) == 1 &&
      X509_CRL_set1_nextUpdate(crl.get(), to.get()) == 1 &&
      add_crl_extensions(*crl, *issuer.certificate);
  for (const X509* certificate : revoked) ok = ok && add_revoked(*crl, *certificate, from.get());
  if (!ok || X509_CRL_sort(crl.get()) != 1 ||
      X509_CRL_sign(crl.get(), issuer.key.get(), EVP_sha256()) <= 0)
    return std::unexpected(openssl_error("cannot make the revocation list"));
  return crl;
}

std::string serial_of(const X509& certificate) {
  const Handle<BIGNUM> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
  const Handle<char> text(number ? BN_bn2hex(number.get()) : nullptr);
  return text ? text.get() : "";
}

Failure openssl_error(std::string_view what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  Failure error{fmt::format("{}: {}", what, reason != nullptr ? reason : "unknown reason")};
  ERR_clear_error();
  return error;
}

}  // namespace vscard::certs_test
