#pragma once

#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <expected>
#include <optional>
#include <p11-kit/pkcs11.h>
#include <string>
#include <vector>

namespace vscard::cards::pkcs11 {

using protocol::Bytes;
using protocol::SecretBytes;

/// A certificate of a token.
struct TokenCertificate {
  std::vector<std::uint8_t> der;
  std::vector<std::uint8_t> id;  ///< CKA_ID, which its key has, too
  std::string label;             ///< UTF-8
  bool operator==(const TokenCertificate&) const = default;
};

/// Those with a token in them. Modules look for new ones when the list is asked for, PKCS#11 2.40
/// §5.5.
std::vector<CK_SLOT_ID> slots_of(CK_FUNCTION_LIST* module);

/// PKCS#11 reads from what it is given, but does not say const.
inline unsigned char* without_const(Bytes bytes) {
  return const_cast<unsigned char*>(bytes.data());
}

/// The text of a field that is filled with blanks.
template <std::size_t N>
std::string text_of(const unsigned char (&field)[N]) {  // NOLINT: PKCS#11's
  std::string text(field, field + N);
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

/// A token in its slot, and a session with it. The calls of PKCS#11 that are needed here: they
/// block, and give CK_RV as it is. One thread at a time uses it.
class Token {
 public:
  /// The module outlives the token.
  static std::expected<Token, CK_RV> open(CK_FUNCTION_LIST* module, CK_SLOT_ID slot);
  Token(Token&& other) noexcept;
  Token& operator=(Token&&) = delete;
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;
  ~Token();

  /// As it was when it was opened.
  const CK_TOKEN_INFO& info() const { return info_; }
  CK_FUNCTION_LIST* module() const { return module_; }
  CK_SLOT_ID slot() const { return slot_; }

  /// CKF_… of now.
  std::expected<CK_FLAGS, CK_RV> flags() const;
  /// Is it there, and this session with it? A token that came back, the same as before and in
  /// whatever slot, is opened again; nobody is logged in then.
  bool present();

  /// At most kMaxCertificates, in the token's order, without those of attribute certificates.
  std::expected<std::vector<TokenCertificate>, CK_RV> certificates();
  static constexpr std::size_t kMaxCertificates = 100;

  CK_RV log_in(CK_USER_TYPE user, Bytes pin);
  void log_out();

  /// Nothing: it has none, or does not show it before the PIN.
  std::optional<CK_OBJECT_HANDLE> private_key(const std::vector<std::uint8_t>& id);

  // operations.cpp. `pin` is for keys that ask for it each time (CKA_ALWAYS_AUTHENTICATE).

  /// The bare private operation on a block as long as the modulus. Where the token has no
  /// CKM_RSA_X_509, the block has to be a signature of PKCS#1 v1.5.
  std::expected<SecretBytes, CK_RV> rsa(CK_OBJECT_HANDLE key, Bytes block, Bytes pin);
  /// r and s, each as long as a coordinate.
  std::expected<SecretBytes, CK_RV> ecdsa(CK_OBJECT_HANDLE key, Bytes hash, Bytes pin);
  /// The x-coordinate, `size` bytes.
  std::expected<SecretBytes, CK_RV> ecdh(CK_OBJECT_HANDLE key, Bytes point, std::size_t size,
                                         Bytes pin);

 private:
  enum class Operation : std::uint8_t { Sign, Decrypt };

  Token(CK_FUNCTION_LIST* module, CK_SLOT_ID slot, CK_SESSION_HANDLE session,
        const CK_TOKEN_INFO& info)
      : module_(module), slot_(slot), session_(session), info_(info) {}

  bool find_again();
  std::expected<std::vector<CK_OBJECT_HANDLE>, CK_RV> find(std::vector<CK_ATTRIBUTE> wanted);
  std::optional<std::vector<std::uint8_t>> attribute(CK_OBJECT_HANDLE object,
                                                     CK_ATTRIBUTE_TYPE type);
  bool flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
  CK_RV begin(Operation operation, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key, Bytes pin);
  std::expected<SecretBytes, CK_RV> finish(Operation operation, Bytes data);

  CK_FUNCTION_LIST* module_;
  CK_SLOT_ID slot_;
  CK_SESSION_HANDLE session_;  ///< CK_INVALID_HANDLE: none
  CK_TOKEN_INFO info_;
};

}  // namespace vscard::cards::pkcs11
