#pragma once

#include <cstdint>
#include <p11-kit/pkcs11.h>
#include <string>
#include <vector>

namespace vscard::cards::pkcs11 {

/// The only token of a module that has no cryptography: what it signs says how. There is one in a
/// process at a time, as the functions of a module know no object.
struct FakeToken {
  FakeToken();
  FakeToken(const FakeToken&) = delete;
  FakeToken& operator=(const FakeToken&) = delete;
  ~FakeToken();

  CK_FUNCTION_LIST* module() { return &functions; }

  std::string pin = "12345678";
  std::string label = "fake";
  CK_FLAGS flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED;
  bool present = true;
  CK_SLOT_ID slot = 0;  ///< where it is
  bool has_raw_rsa = true;
  bool may_sign = true;  ///< else the key only decrypts
  bool always_authenticate = false;
  CK_RV fails = CKR_OK;  ///< what C_Sign and C_Decrypt answer

  CK_SESSION_HANDLE session = 0;  ///< of the sessions the last one; closed when it is pulled
  bool logged_in = false;
  bool authenticated = false;     ///< for the operation that has begun
  std::string operation;          ///< "sign X509"
  std::vector<std::string> done;  ///< operations, with the size of their data: "sign X509 256"
  struct Certificate {
    std::vector<std::uint8_t> der;
    std::uint8_t id = 0;
  };
  std::vector<Certificate> certificates;
  CK_RV find_fails = CKR_OK;              ///< what C_FindObjectsInit answers
  std::vector<CK_OBJECT_HANDLE> finding;  ///< what has been looked for

  CK_FUNCTION_LIST functions{};
};

}  // namespace vscard::cards::pkcs11
