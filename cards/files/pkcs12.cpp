#include "cards/files/pkcs12.hpp"

#include <openssl/err.h>
#include <openssl/opensslv.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace vscard::cards::files {
namespace {

using File = std::unique_ptr<PKCS12, OpensslFree<PKCS12_free>>;
using Safes =
    std::unique_ptr<STACK_OF(PKCS7),
                    decltype([](STACK_OF(PKCS7) * it) { sk_PKCS7_pop_free(it, PKCS7_free); })>;
using Bags = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), decltype([](STACK_OF(PKCS12_SAFEBAG) * it) {
                               sk_PKCS12_SAFEBAG_pop_free(it, PKCS12_SAFEBAG_free);
                             })>;

/// Bags in bags: nobody writes one.
constexpr int kMaxDepth = 4;
/// OpenSSL 3.4 is the first to know PBMAC1 (RFC 9579).
constexpr unsigned long kKnowsPbmac1 = 0x30400000;
constexpr const char* kWrongPassword = "wrong password";

/// Null has another meaning than empty: there are two ways to have no password.
struct PasswordText {
  const char* text = nullptr;
  int size = 0;
};

PasswordText password_text(const protocol::SecretBytes& password) {
  static constexpr const char* kEmpty = "";
  if (password.empty()) return {.text = kEmpty, .size = 0};
  return {.text = static_cast<const char*>(static_cast<const void*>(password.view().data())),
          .size = static_cast<int>(password.size())};
}

bool needs_legacy(const X509_ALGOR& algorithm) {
  constexpr std::array kOld{NID_pbe_WithSHA1And40BitRC2_CBC, NID_pbe_WithSHA1And128BitRC2_CBC,
                            NID_pbe_WithSHA1And40BitRC4, NID_pbe_WithSHA1And128BitRC4};
  return std::ranges::find(kOld, OBJ_obj2nid(algorithm.algorithm)) != kOld.end();
}

std::vector<std::uint8_t> id_of(const PKCS12_SAFEBAG& bag) {
  const ASN1_TYPE* id = PKCS12_SAFEBAG_get0_attr(&bag, NID_localKeyID);
  if (id == nullptr || id->type != V_ASN1_OCTET_STRING) return {};
  const auto* data = ASN1_STRING_get0_data(id->value.octet_string);
  return {data, data + ASN1_STRING_length(id->value.octet_string)};
}

/// PKCS12_get_friendlyname() of OpenSSL 3.0.19 gives nothing for a name with a character above
/// U+07FF.
std::string name_of(const PKCS12_SAFEBAG& bag) {
  const ASN1_TYPE* name = PKCS12_SAFEBAG_get0_attr(&bag, NID_friendlyName);
  if (name == nullptr || name->type != V_ASN1_BMPSTRING) return {};
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, name->value.bmpstring);
  std::string text(utf8, utf8 + std::max(size, 0));
  OPENSSL_free(utf8);
  return text;
}

/// One file: what is in it comes out with the password.
class Reading {
 public:
  Reading(File file, Work& work) : file_(std::move(file)), work_(work) {}

  bool has_mac() const { return PKCS12_mac_present(file_.get()) == 1; }
  /// PKCS12_verify_mac() takes its MAC for one that a wrong password made.
  bool has_unknown_mac() const;
  /// By its MAC, of which there is one that OpenSSL knows.
  Result<bool> opens_with(PasswordText password);
  Result<Contents> contents(PasswordText password);

 private:
  Result<> read_safe(PKCS7& safe);
  Result<Bags> decrypt(const PKCS7& safe);
  Result<> read_bags(const STACK_OF(PKCS12_SAFEBAG) & bags, int depth);
  Result<> read_bag(PKCS12_SAFEBAG& bag, int depth);
  Result<> read_shrouded(PKCS12_SAFEBAG& bag);
  void add_key(PKCS12_SAFEBAG& bag, const PKCS8_PRIV_KEY_INFO* plain);
  Result<> prepare(const X509_ALGOR& algorithm);
  std::unexpected<Failure> cannot_decrypt() const;

  File file_;
  Work& work_;
  DecryptionLibrary library_;
  PasswordText password_;
  Contents contents_;
};

bool Reading::has_unknown_mac() const {
  const X509_ALGOR* algorithm = nullptr;
  PKCS12_get0_mac(nullptr, &algorithm, nullptr, nullptr, file_.get());
  if (algorithm == nullptr) return false;
  return OBJ_obj2nid(algorithm->algorithm) == NID_pbmac1 && OpenSSL_version_num() < kKnowsPbmac1;
}

Result<bool> Reading::opens_with(PasswordText password) {
  const X509_ALGOR* algorithm = nullptr;
  const ASN1_INTEGER* rounds = nullptr;
  PKCS12_get0_mac(nullptr, &algorithm, nullptr, &rounds, file_.get());
  if (const auto ready = work_.take(*algorithm); !ready) return std::unexpected(ready.error());
  if (rounds != nullptr) {
    if (const auto ready = work_.take(*rounds); !ready) return std::unexpected(ready.error());
  }
  const bool right = PKCS12_verify_mac(file_.get(), password.text, password.size) == 1;
  ERR_clear_error();
  return right;
}

Result<Contents> Reading::contents(PasswordText password) {
  password_ = password;
  contents_ = {};
  const Safes safes(PKCS12_unpack_authsafes(file_.get()));
  if (!safes) return std::unexpected("it is damaged");
  for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
    const auto read = read_safe(*sk_PKCS7_value(safes.get(), i));
    ERR_clear_error();
    if (!read) return std::unexpected(read.error());
  }
  return std::move(contents_);
}

Result<> Reading::read_safe(PKCS7& safe) {
  const int type = OBJ_obj2nid(safe.type);
  if (type == NID_pkcs7_encrypted) {
    const auto bags = decrypt(safe);
    return bags ? read_bags(**bags, 0) : std::unexpected(bags.error());
  }
  if (type != NID_pkcs7_data) {
    contents_.lines.emplace_back("a part that is encrypted for a certificate is left out");
    return {};
  }
  const Bags bags(PKCS12_unpack_p7data(&safe));
  if (!bags) return std::unexpected("it is damaged");
  return read_bags(*bags, 0);
}

Result<Bags> Reading::decrypt(const PKCS7& safe) {
  const PKCS7_ENC_CONTENT* content =
      safe.d.encrypted == nullptr ? nullptr : safe.d.encrypted->enc_data;
  if (content == nullptr || content->enc_data == nullptr) return std::unexpected("it is damaged");
  if (const auto ready = prepare(*content->algorithm); !ready) {
    return std::unexpected(ready.error());
  }
  Bags bags(static_cast<STACK_OF(PKCS12_SAFEBAG)*>(PKCS12_item_decrypt_d2i_ex(
      content->algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), password_.text, password_.size,
      content->enc_data, 1, library_.get(), nullptr)));
  if (!bags) return cannot_decrypt();
  return bags;
}

Result<> Reading::prepare(const X509_ALGOR& algorithm) {
  if (needs_legacy(algorithm) && !library_.has_legacy()) {
    return std::unexpected(
        "it is encrypted with RC2 or RC4, which needs OpenSSL's legacy provider: install the "
        "package openssl-provider-legacy, or export the file with AES");
  }
  return work_.take(algorithm);
}

/// The password is right if there is a MAC that says so.
std::unexpected<Failure> Reading::cannot_decrypt() const {
  if (!has_mac() || has_unknown_mac()) return std::unexpected(Failure{kWrongPassword});
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  return std::unexpected(Failure{"it cannot be decrypted: " +
                                 std::string(reason == nullptr ? "it is damaged" : reason)});
}

Result<> Reading::read_bags(const STACK_OF(PKCS12_SAFEBAG) & bags, int depth) {
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num(&bags); ++i) {
    const auto read = read_bag(*sk_PKCS12_SAFEBAG_value(&bags, i), depth);
    if (!read) return read;
  }
  return {};
}

/// Lists of revoked certificates and secrets are nothing for a card.
Result<> Reading::read_bag(PKCS12_SAFEBAG& bag, int depth) {
  switch (PKCS12_SAFEBAG_get_nid(&bag)) {
    case NID_keyBag:
      add_key(bag, PKCS12_SAFEBAG_get0_p8inf(&bag));
      return {};
    case NID_pkcs8ShroudedKeyBag:
      return read_shrouded(bag);
    case NID_certBag:
      if (Certificate certificate(PKCS12_SAFEBAG_get1_cert(&bag)); certificate) {
        contents_.certificates.push_back(
            {.certificate = std::move(certificate), .id = id_of(bag), .name = name_of(bag)});
      }
      return {};
    case NID_safeContentsBag: {
      const auto* inner = PKCS12_SAFEBAG_get0_safes(&bag);
      if (inner == nullptr || depth >= kMaxDepth) return std::unexpected("it is damaged");
      return read_bags(*inner, depth + 1);
    }
    default:
      return {};
  }
}

Result<> Reading::read_shrouded(PKCS12_SAFEBAG& bag) {
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(&bag), &algorithm, nullptr);
  if (const auto ready = prepare(*algorithm); !ready) return ready;
  const PlainKey plain(
      PKCS12_decrypt_skey_ex(&bag, password_.text, password_.size, library_.get(), nullptr));
  if (!plain) return cannot_decrypt();
  add_key(bag, plain.get());
  return {};
}

void Reading::add_key(PKCS12_SAFEBAG& bag, const PKCS8_PRIV_KEY_INFO* plain) {
  Key key(plain == nullptr ? nullptr : EVP_PKCS82PKEY(plain));
  if (!key) {
    contents_.lines.emplace_back("a key of a kind that OpenSSL does not know is left out");
    return;
  }
  contents_.keys.push_back({.key = std::move(key), .id = id_of(bag), .name = name_of(bag)});
}

/// Without asking for a password.
Result<std::optional<Contents>> read_open(Reading& reading) {
  for (const PasswordText none : {PasswordText{}, PasswordText{.text = "", .size = 0}}) {
    if (reading.has_mac() && !reading.has_unknown_mac()) {
      const auto opens = reading.opens_with(none);
      if (!opens) return std::unexpected(opens.error());
      if (!*opens) continue;
    }
    auto contents = reading.contents(none);
    if (contents) return std::move(*contents);
    if (contents.error().text != kWrongPassword) return std::unexpected(contents.error());
  }
  return std::nullopt;
}

Result<Contents> read_with(Reading& reading, PasswordText password) {
  const bool checked = reading.has_mac() && !reading.has_unknown_mac();
  if (checked) {
    const auto opens = reading.opens_with(password);
    if (!opens) return std::unexpected(opens.error());
    if (!*opens) return std::unexpected(kWrongPassword);
  }
  auto contents = reading.contents(password);
  if (contents && !checked) {
    contents->lines.emplace_back(
        reading.has_mac() ? "its MAC is PBMAC1, which this OpenSSL cannot check: only the password "
                            "is"
                          : "it has no MAC: nothing shows whether it was changed");
  }
  return contents;
}

std::string_view begin_of(protocol::Bytes bytes, std::size_t size) {
  return {static_cast<const char*>(static_cast<const void*>(bytes.data())),
          std::min(size, bytes.size())};
}

}  // namespace

Result<Contents> read_pkcs12(protocol::Bytes bytes, const std::string& file, Password& password,
                             Work& work) {
  const std::uint8_t* in = bytes.data();
  File parsed(d2i_PKCS12(nullptr, &in, static_cast<long>(bytes.size())));
  ERR_clear_error();
  if (!parsed && begin_of(bytes, bytes.size()).find("-----BEGIN") != std::string_view::npos) {
    return std::unexpected("it is PEM, not PKCS#12: say pem=" + file);
  }
  if (!parsed) return std::unexpected("it is not PKCS#12");
  Reading reading(std::move(parsed), work);
  if (!password.given()) {
    auto contents = read_open(reading);
    if (!contents) return std::unexpected(contents.error());
    if (*contents) return std::move(**contents);
  }
  const auto text = password.get(file);
  if (!text) return std::unexpected(text.error());
  return read_with(reading, password_text(**text));
}

}  // namespace vscard::cards::files
