// What a token does with its keys.

#include "cards/pkcs11/token.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace vscard::cards::pkcs11 {
namespace {

/// What a signature of PKCS#1 v1.5 pads (RFC 8017 §9.2): 00 01 FF … FF 00 | content. Empty: `block`
/// is not one.
Bytes signed_content(Bytes block) {
  constexpr std::size_t kLeast = 10;  ///< 00 01 and 8 times FF
  if (block.size() < kLeast || block[0] != 0 || block[1] != 1) return {};
  const auto end = std::ranges::find_if(block.begin() + 2, block.end(),
                                        [](std::uint8_t byte) { return byte != 0xff; });
  if (end - block.begin() < static_cast<std::ptrdiff_t>(kLeast) || end == block.end() || *end != 0)
    return {};
  return {end + 1, block.end()};
}

}  // namespace

CK_RV Token::begin(Operation operation, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key, Bytes pin) {
  CK_MECHANISM mechanism{.mechanism = type, .pParameter = nullptr, .ulParameterLen = 0};
  const CK_RV status = operation == Operation::Sign
                           ? module_->C_SignInit(session_, &mechanism, key)
                           : module_->C_DecryptInit(session_, &mechanism, key);
  if (status != CKR_OK || !flag(key, CKA_ALWAYS_AUTHENTICATE)) return status;
  return log_in(CKU_CONTEXT_SPECIFIC, pin);
}

std::expected<SecretBytes, CK_RV> Token::finish(Operation operation, Bytes data) {
  constexpr std::size_t kMost = 1024;  ///< bytes: RSA-4096 has 512
  auto out = SecretBytes::zeros(kMost);
  CK_ULONG size = out.size();
  const auto call = operation == Operation::Sign ? module_->C_Sign : module_->C_Decrypt;
  const CK_RV status = call(session_, without_const(data), data.size(), out.data().data(), &size);
  if (status != CKR_OK) return std::unexpected(status);
  out.truncate(std::min<std::size_t>(size, kMost));
  return out;
}

/// A key may be for one of both only, and a token may not have the bare operation.
std::expected<SecretBytes, CK_RV> Token::rsa(CK_OBJECT_HANDLE key, Bytes block, Bytes pin) {
  const Bytes content = signed_content(block);
  CK_RV status = CKR_MECHANISM_INVALID;
  for (const auto& [operation, mechanism, data] :
       {std::tuple{Operation::Sign, CKM_RSA_X_509, block},
        {Operation::Decrypt, CKM_RSA_X_509, block},
        {Operation::Sign, CKM_RSA_PKCS, content}}) {
    if (data.empty()) continue;
    const CK_RV begun = begin(operation, mechanism, key, pin);
    if (begun == CKR_OK) return finish(operation, data);
    if (status == CKR_MECHANISM_INVALID) status = begun;
  }
  return std::unexpected(status);
}

std::expected<SecretBytes, CK_RV> Token::ecdsa(CK_OBJECT_HANDLE key, Bytes hash, Bytes pin) {
  if (const CK_RV status = begin(Operation::Sign, CKM_ECDSA, key, pin); status != CKR_OK)
    return std::unexpected(status);
  return finish(Operation::Sign, hash);
}

std::expected<SecretBytes, CK_RV> Token::ecdh(CK_OBJECT_HANDLE key, Bytes point, std::size_t size,
                                              Bytes pin) {
  CK_ECDH1_DERIVE_PARAMS params{.kdf = CKD_NULL,
                                .ulSharedDataLen = 0,
                                .pSharedData = nullptr,
                                .ulPublicDataLen = point.size(),
                                .pPublicData = without_const(point)};
  CK_MECHANISM mechanism{
      .mechanism = CKM_ECDH1_DERIVE, .pParameter = &params, .ulParameterLen = sizeof params};
  CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
  CK_KEY_TYPE type = CKK_GENERIC_SECRET;
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  CK_ULONG length = size;
  std::array wanted{CK_ATTRIBUTE{CKA_CLASS, &kind, sizeof kind},
                    CK_ATTRIBUTE{CKA_KEY_TYPE, &type, sizeof type},
                    CK_ATTRIBUTE{CKA_TOKEN, &no, sizeof no},
                    CK_ATTRIBUTE{CKA_SENSITIVE, &no, sizeof no},
                    CK_ATTRIBUTE{CKA_EXTRACTABLE, &yes, sizeof yes},
                    CK_ATTRIBUTE{CKA_VALUE_LEN, &length, sizeof length}};
  if (flag(key, CKA_ALWAYS_AUTHENTICATE)) log_in(CKU_CONTEXT_SPECIFIC, pin);
  CK_OBJECT_HANDLE secret = CK_INVALID_HANDLE;
  if (const CK_RV status =
          module_->C_DeriveKey(session_, &mechanism, key, wanted.data(), wanted.size(), &secret);
      status != CKR_OK) {
    return std::unexpected(status);
  }
  auto value = SecretBytes::zeros(size);
  CK_ATTRIBUTE out{CKA_VALUE, value.data().data(), size};
  const CK_RV status = module_->C_GetAttributeValue(session_, secret, &out, 1);
  module_->C_DestroyObject(session_, secret);
  if (status != CKR_OK) return std::unexpected(status);
  value.truncate(std::min<std::size_t>(out.ulValueLen, size));
  return value;
}

}  // namespace vscard::cards::pkcs11
