#pragma once

#include "protocol/failure.hpp"

#include <memory>
#include <optional>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>
#include <span>
#include <string>

namespace vscard::cards::pkcs11 {

/// A PKCS#11 URI (RFC 7512) that names a token and, it may be, some of its objects.
class Uri {
 public:
  /// The failure is a line for the user.
  static Result<Uri> parse(const std::string& text);

  const std::string& text() const { return text_; }
  std::optional<std::string> module_path() const;

  bool names_module(const CK_INFO& module) const;
  bool names_token(CK_SLOT_ID id, const CK_SLOT_INFO& slot, const CK_TOKEN_INFO& token) const;
  /// Of an object with this CKA_ID and CKA_LABEL.
  bool names_object(std::span<const unsigned char> id, const std::string& label) const;

 private:
  struct Free {
    void operator()(P11KitUri* uri) const { p11_kit_uri_free(uri); }
  };
  friend std::string uri_of(const CK_TOKEN_INFO& token);
  using Handle = std::unique_ptr<P11KitUri, Free>;

  Uri(std::string text, Handle handle) : text_(std::move(text)), handle_(std::move(handle)) {}

  std::string text_;
  Handle handle_;
};

/// That names this token: "pkcs11:model=…;manufacturer=…;serial=…;token=…".
std::string uri_of(const CK_TOKEN_INFO& token);

}  // namespace vscard::cards::pkcs11
