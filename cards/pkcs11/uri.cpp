#include "cards/pkcs11/uri.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vscard::cards::pkcs11 {
namespace {

std::unexpected<Failure> refused(const std::string& text, std::string_view why) {
  return std::unexpected(Failure{"--card " + text + ": " + std::string(why)});
}

/// p11-kit does not say const.
template <class Info>
Info* without_const(const Info& info) {
  return const_cast<Info*>(&info);
}

}  // namespace

Result<Uri> Uri::parse(const std::string& text) {
  if (text.find("pin-") != std::string::npos) {  // the line does not show it
    return refused("pkcs11",
                   "leave the PIN out of the URI: programs ask for the card's PIN, which "
                   "is that of the token");
  }
  Handle handle(p11_kit_uri_new());
  const int status = p11_kit_uri_parse(text.c_str(), P11_KIT_URI_FOR_ANY, handle.get());
  if (status != P11_KIT_URI_OK) {
    return refused(text,
                   "not a PKCS#11 URI (RFC 7512): " + std::string(p11_kit_uri_message(status)));
  }
  if (p11_kit_uri_any_unrecognized(handle.get()) != 0)
    return refused(text, "it has an attribute that p11-kit does not know");
  return Uri(text, std::move(handle));
}

std::optional<std::string> Uri::module_path() const {
  const char* const path = p11_kit_uri_get_module_path(handle_.get());
  return path == nullptr ? std::nullopt : std::optional<std::string>(path);
}

bool Uri::names_module(const CK_INFO& module) const {
  return p11_kit_uri_match_module_info(handle_.get(), without_const(module)) == 1;
}

bool Uri::names_token(CK_SLOT_ID id, const CK_SLOT_INFO& slot, const CK_TOKEN_INFO& token) const {
  const CK_SLOT_ID wanted = p11_kit_uri_get_slot_id(handle_.get());
  return (wanted == static_cast<CK_SLOT_ID>(-1) || wanted == id) &&
         p11_kit_uri_match_slot_info(handle_.get(), without_const(slot)) == 1 &&
         p11_kit_uri_match_token_info(handle_.get(), without_const(token)) == 1;
}

bool Uri::names_object(std::span<const unsigned char> id, const std::string& label) const {
  const auto agrees = [this](CK_ATTRIBUTE_TYPE type, const auto& value) {
    const CK_ATTRIBUTE* const wanted = p11_kit_uri_get_attribute(handle_.get(), type);
    if (wanted == nullptr) return true;
    const std::string_view text(static_cast<const char*>(wanted->pValue), wanted->ulValueLen);
    return std::ranges::equal(
        text, value, {}, [](char c) { return static_cast<unsigned char>(c); },
        [](auto c) { return static_cast<unsigned char>(c); });
  };
  return agrees(CKA_ID, id) && agrees(CKA_LABEL, label);
}

std::string uri_of(const CK_TOKEN_INFO& token) {
  const Uri::Handle handle(p11_kit_uri_new());
  *p11_kit_uri_get_token_info(handle.get()) = token;
  char* text = nullptr;
  if (p11_kit_uri_format(handle.get(), P11_KIT_URI_FOR_TOKEN, &text) != P11_KIT_URI_OK) return "?";
  std::string uri = text;
  std::free(text);  // NOLINT(cppcoreguidelines-no-malloc): p11-kit's
  return uri;
}

}  // namespace vscard::cards::pkcs11
