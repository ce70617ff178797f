#include "cards/certificates/x509.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

namespace vscard::cards::certificates {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

/// What cannot be read counts as the beginning of time.
std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
  std::tm fields{};
  if (ASN1_TIME_to_tm(time, &fields) != 1) {
    ERR_clear_error();
    return {};
  }
  return std::chrono::sys_days(std::chrono::year(fields.tm_year + 1900) / (fields.tm_mon + 1) /
                               fields.tm_mday) +
         std::chrono::hours(fields.tm_hour) + std::chrono::minutes(fields.tm_min) +
         std::chrono::seconds(fields.tm_sec);
}

}  // namespace

std::string subject_of(const X509& certificate) {
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new(BIO_s_mem()));
  constexpr unsigned long kReadable =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);  // and in UTF-8
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(&certificate), 0, kReadable);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(std::max(size, 0L))};
}

std::string kind_of(const EVP_PKEY& key) {
  const char* type = EVP_PKEY_get0_type_name(&key);
  std::string name = type == nullptr ? "?" : type;
  if (EVP_PKEY_is_a(&key, "RSA") == 1) return "RSA-" + std::to_string(EVP_PKEY_get_bits(&key));
  std::array<char, 80> group{};
  if (EVP_PKEY_get_group_name(&key, group.data(), group.size(), nullptr) != 1) return name;
  const char* curve = EC_curve_nid2nist(OBJ_txt2nid(group.data()));
  return curve == nullptr ? group.data() : curve;
}

Validity validity_of(const X509& certificate) {
  return {.from = time_of(X509_get0_notBefore(&certificate)),
          .until = time_of(X509_get0_notAfter(&certificate))};
}

}  // namespace vscard::cards::certificates
