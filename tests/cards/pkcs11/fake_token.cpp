#include "tests/cards/pkcs11/fake_token.hpp"

#include <algorithm>
#include <cstring>

namespace vscard::cards::pkcs11 {
namespace {

FakeToken* token = nullptr;

constexpr CK_OBJECT_HANDLE kKey = 7;
constexpr unsigned char kId = 1;
constexpr CK_OBJECT_HANDLE kFirstCertificate = 100;

bool valid(CK_SESSION_HANDLE session) { return token->present && session == token->session; }

CK_RV get_slot_list(CK_BBOOL /*present*/, CK_SLOT_ID* slots, CK_ULONG* count) {
  *count = token->present ? 1 : 0;
  if (slots != nullptr && token->present) *slots = token->slot;
  return CKR_OK;
}

/// As OpenSC's, the only one that sees that the token was pulled.
CK_RV get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO* info) {
  *info = {};
  info->flags = token->present && slot == token->slot ? CKF_TOKEN_PRESENT : 0;
  return CKR_OK;
}

CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
  if (slot != token->slot) return CKR_TOKEN_NOT_PRESENT;
  *info = {};
  std::ranges::fill(info->label, ' ');
  std::ranges::copy(token->label, info->label);
  info->flags = token->flags;
  return CKR_OK;
}

CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS /*flags*/, void* /*data*/, CK_NOTIFY /*notify*/,
                   CK_SESSION_HANDLE* session) {
  if (!token->present || slot != token->slot) return CKR_TOKEN_NOT_PRESENT;
  *session = ++token->session;
  return CKR_OK;
}

CK_RV close_session(CK_SESSION_HANDLE /*session*/) { return CKR_OK; }

CK_RV get_session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO* /*info*/) {
  return session == token->session ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR* pin, CK_ULONG size) {
  if (!valid(session)) return CKR_SESSION_HANDLE_INVALID;
  if (user == CKU_USER && token->logged_in) return CKR_USER_ALREADY_LOGGED_IN;
  if ((token->flags & CKF_USER_PIN_LOCKED) != 0) return CKR_PIN_LOCKED;
  if (token->pin != std::string(pin, pin + size)) return CKR_PIN_INCORRECT;
  (user == CKU_USER ? token->logged_in : token->authenticated) = true;
  return CKR_OK;
}

CK_RV logout(CK_SESSION_HANDLE /*session*/) {
  token->logged_in = false;
  return CKR_OK;
}

CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE* wanted, CK_ULONG count) {
  if (!valid(session)) return CKR_SESSION_HANDLE_INVALID;
  if (token->find_fails != CKR_OK) return token->find_fails;
  const auto is_id = [](const CK_ATTRIBUTE& it) {
    return it.type == CKA_ID && it.ulValueLen == 1 && std::memcmp(it.pValue, &kId, 1) == 0;
  };
  const auto is_certificate = [](const CK_ATTRIBUTE& it) {
    return it.type == CKA_CERTIFICATE_TYPE;
  };
  token->finding.clear();
  if (token->logged_in && std::any_of(wanted, wanted + count, is_id)) token->finding = {kKey};
  if (std::any_of(wanted, wanted + count, is_certificate))
    for (std::size_t i = 0; i < token->certificates.size(); ++i)
      token->finding.push_back(kFirstCertificate + i);
  return CKR_OK;
}

CK_RV find(CK_SESSION_HANDLE /*session*/, CK_OBJECT_HANDLE* objects, CK_ULONG /*most*/,
           CK_ULONG* count) {
  *count = token->finding.size();
  std::ranges::copy(token->finding, objects);
  return CKR_OK;
}

CK_RV find_final(CK_SESSION_HANDLE /*session*/) { return CKR_OK; }

std::vector<CK_BYTE> certificate_attribute(std::size_t index, CK_ATTRIBUTE_TYPE type) {
  const auto& certificate = token->certificates.at(index);
  if (type == CKA_VALUE) return certificate.der;
  if (type == CKA_ID) return {certificate.id};
  return {};
}

CK_RV get_attribute(CK_SESSION_HANDLE /*session*/, CK_OBJECT_HANDLE object, CK_ATTRIBUTE* wanted,
                    CK_ULONG /*count*/) {
  std::vector<CK_BYTE> value{token->always_authenticate ? CK_BYTE{CK_TRUE} : CK_BYTE{CK_FALSE}};
  if (object >= kFirstCertificate) {
    value = certificate_attribute(object - kFirstCertificate, wanted->type);
  } else if (wanted->type != CKA_ALWAYS_AUTHENTICATE) {
    return CKR_ATTRIBUTE_TYPE_INVALID;
  }
  if (wanted->pValue != nullptr) std::ranges::copy(value, static_cast<CK_BYTE*>(wanted->pValue));
  wanted->ulValueLen = value.size();
  return CKR_OK;
}

CK_RV begin(CK_SESSION_HANDLE session, const CK_MECHANISM& mechanism, std::string what) {
  if (!valid(session)) return CKR_SESSION_HANDLE_INVALID;
  const bool raw = mechanism.mechanism == CKM_RSA_X_509;
  if (raw && !token->has_raw_rsa) return CKR_MECHANISM_INVALID;
  const char* const rsa = raw ? " X509" : " PKCS";
  token->operation = std::move(what) + (mechanism.mechanism == CKM_ECDSA ? " ECDSA" : rsa);
  token->authenticated = false;
  return CKR_OK;
}

CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE /*key*/) {
  if (!token->may_sign) return CKR_KEY_FUNCTION_NOT_PERMITTED;
  return begin(session, *mechanism, "sign");
}

CK_RV decrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE /*key*/) {
  return begin(session, *mechanism, "decrypt");
}

CK_RV finish(CK_SESSION_HANDLE session, CK_BYTE* /*data*/, CK_ULONG size, CK_BYTE* out,
             CK_ULONG* out_size) {
  if (!valid(session)) return CKR_SESSION_HANDLE_INVALID;
  if (token->always_authenticate && !token->authenticated) return CKR_USER_NOT_LOGGED_IN;
  if (token->fails != CKR_OK) return token->fails;
  token->done.push_back(token->operation + " " + std::to_string(size));
  *out_size = token->operation == "sign ECDSA" ? 64 : 256;
  std::fill_n(out, *out_size, CK_BYTE{0x81});
  return CKR_OK;
}

}  // namespace

FakeToken::FakeToken() {
  token = this;
  functions.C_GetSlotList = get_slot_list;
  functions.C_GetSlotInfo = get_slot_info;
  functions.C_GetTokenInfo = get_token_info;
  functions.C_OpenSession = open_session;
  functions.C_CloseSession = close_session;
  functions.C_GetSessionInfo = get_session_info;
  functions.C_Login = login;
  functions.C_Logout = logout;
  functions.C_FindObjectsInit = find_init;
  functions.C_FindObjects = find;
  functions.C_FindObjectsFinal = find_final;
  functions.C_GetAttributeValue = get_attribute;
  functions.C_SignInit = sign_init;
  functions.C_Sign = finish;
  functions.C_DecryptInit = decrypt_init;
  functions.C_Decrypt = finish;
}

FakeToken::~FakeToken() { token = nullptr; }

}  // namespace vscard::cards::pkcs11
