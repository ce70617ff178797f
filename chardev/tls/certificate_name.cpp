#include "chardev/tls/certificate_name.hpp"

#include <openssl/bio.h>

#include <vector>

namespace vscard::chardev::tls {
namespace {

/// Parts between commas, without backslashes and leading blanks.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      parts.emplace_back();
    } else if (text[i] == '\\' && i + 1 < text.size()) {
      parts.back() += text[++i];
    } else if (text[i] != ' ' || !parts.back().empty()) {
      parts.back() += text[i];
    }
  }
  return parts;
}

}  // namespace

Result<NamePtr> parse_name(std::string_view text) {
  NamePtr name(X509_NAME_new());
  for (const std::string& part : split(text)) {
    const std::size_t equals = part.find('=');
    const std::string type = part.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    const std::vector<unsigned char> bytes(value.begin(), value.end());
    if (bytes.empty() ||
        X509_NAME_add_entry_by_txt(name.get(), type.c_str(), MBSTRING_UTF8, bytes.data(),
                                   static_cast<int>(bytes.size()), -1, 0) != 1) {
      return std::unexpected(
          "'" + part + "' is not part of a certificate's name; expected for example CN=vmhost");
    }
  }
  return name;
}

std::string text_of(const X509_NAME* name) {
  struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
  };
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  constexpr unsigned long kOneLine =
      ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL | XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_FN_SN;
  X509_NAME_print_ex(bio.get(), name, 0, kOneLine);
  std::string text(BIO_ctrl_pending(bio.get()), '\0');
  BIO_read(bio.get(), text.data(), static_cast<int>(text.size()));
  return text;
}

}  // namespace vscard::chardev::tls
