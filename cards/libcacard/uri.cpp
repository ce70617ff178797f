#include "cards/libcacard/uri.hpp"

#include <fmt/format.h>

#include <memory>
#include <pkcs11uri.h>

namespace vscard::cards::libcacard {
namespace {

struct Destroy {
  void operator()(PK11URI* uri) const { PK11URI_DestroyURI(uri); }
};

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string encoded(char c) { return fmt::format("%{:02X}", static_cast<unsigned char>(c)); }

/// Does an attribute, if the URI has it, have this value?
bool agrees(const char* attribute, std::string_view value) {
  return attribute == nullptr || attribute == value;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) is_plain(c) ? out.push_back(c) : void(out += encoded(c));
  return out;
}

std::string percent_encoded_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) out.append("%").append(hex.substr(i, 2));
  return out;
}

std::string escaped_for_libcacard(std::string_view uri) {
  constexpr std::string_view kWordEnds = ",() \"";
  std::string out;
  for (const char c : uri) {
    kWordEnds.find(c) == std::string_view::npos ? out.push_back(c) : void(out += encoded(c));
  }
  return out;
}

std::optional<bool> uri_names(const std::string& uri, const Certificate& certificate,
                              std::string_view token) {
  const std::unique_ptr<PK11URI, Destroy> parsed(PK11URI_ParseURI(uri.c_str()));
  if (!parsed) return std::nullopt;
  const SECItem* id = PK11URI_GetPathAttributeItem(parsed.get(), PK11URI_PATTR_ID);
  return agrees(PK11URI_GetPathAttribute(parsed.get(), PK11URI_PATTR_TOKEN), token) &&
         agrees(PK11URI_GetPathAttribute(parsed.get(), PK11URI_PATTR_OBJECT),
                certificate.nickname) &&
         (id == nullptr || hex_of({id->data, id->len}) == certificate.id);
}

}  // namespace vscard::cards::libcacard
