#include "cards/pkcs11/token_keys.hpp"

#include "cards/piv/openssl.hpp"

#include <openssl/ec.h>

#include <p11-kit/p11-kit.h>
#include <utility>

namespace vscard::cards::pkcs11 {
namespace {

using protocol::iso7816::StatusWord;

StatusWord tries_left(unsigned tries) {
  return static_cast<StatusWord>(static_cast<unsigned>(StatusWord::TriesLeft) | tries);
}

/// PKCS#11 counts so far: locked, the last one, fewer than there were. 15: nobody knows.
StatusWord tries_of(CK_FLAGS flags) {
  if ((flags & CKF_USER_PIN_LOCKED) != 0) return StatusWord::Blocked;
  if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) return tries_left(1);
  if ((flags & CKF_USER_PIN_COUNT_LOW) != 0) return tries_left(2);
  return tries_left(15);
}

bool is_wrong_pin(CK_RV status) {
  return status == CKR_PIN_INCORRECT || status == CKR_PIN_LEN_RANGE || status == CKR_PIN_INVALID;
}

/// As a PIV card gives a signature, SEQUENCE { r, s }. Nothing: there is no memory.
std::optional<SecretBytes> in_der(Bytes raw) {
  using Signature = std::unique_ptr<ECDSA_SIG, piv::OpensslFree<ECDSA_SIG_free>>;
  const auto half = raw.size() / 2;
  const auto number = [](Bytes bytes) {
    return piv::BigNumber(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  };
  const Signature signature(ECDSA_SIG_new());
  auto r = number(raw.first(half));
  auto s = number(raw.last(half));
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1)
    return std::nullopt;
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  auto der = SecretBytes::zeros(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)));
  unsigned char* out = der.data().data();
  i2d_ECDSA_SIG(signature.get(), &out);
  return der;
}

bool fits(const TokenKey& key, piv::KeyHolder::Use use, std::size_t size) {
  const std::size_t most = piv::size_of(key.algorithm);
  if (piv::is_rsa(key.algorithm)) return use == piv::KeyHolder::Use::Sign && size == most;
  return use == piv::KeyHolder::Use::Sign ? size > 0 && size <= most : size == 1 + 2 * most;
}

}  // namespace

TokenKeys::TokenKeys(Token token, std::map<piv::Slot, TokenKey> keys,
                     std::function<void(const std::string&)> warn)
    : token_(std::move(token)), keys_(std::move(keys)), warn_(std::move(warn)) {}

TokenKeys::~TokenKeys() {
  if (!pin_.empty()) token_.log_out();
}

StatusWord TokenKeys::verify(Bytes pin) {
  CK_RV status = token_.log_in(CKU_USER, pin);
  if (status == CKR_USER_ALREADY_LOGGED_IN) {  // in another session: only a new try shows the PIN
    token_.log_out();
    status = token_.log_in(CKU_USER, pin);
  }
  if (status == CKR_OK) {
    pin_ = SecretBytes::copy_of(pin);
    return StatusWord::Success;
  }
  if (status == CKR_PIN_LOCKED) return StatusWord::Blocked;
  return is_wrong_pin(status) ? tries() : failed(status);
}

StatusWord TokenKeys::tries() {
  const auto flags = token_.flags();
  return flags ? tries_of(*flags) : failed(flags.error());
}

void TokenKeys::log_out() {
  pin_ = {};
  token_.log_out();
}

std::expected<SecretBytes, StatusWord> TokenKeys::use(piv::Slot slot, Use use, Bytes data) {
  const auto found = keys_.find(slot);
  if (found == keys_.end()) return std::unexpected(StatusWord::ReferenceNotFound);
  const TokenKey& key = found->second;
  if (!fits(key, use, data.size())) return std::unexpected(StatusWord::WrongData);
  const auto handle = token_.private_key(key.id);
  if (!handle) {
    suspect_ = true;
    warn_("the token has no private key for this certificate (CKA_ID)");
    return std::unexpected(StatusWord::ReferenceNotFound);
  }
  auto made = operate(key, *handle, use, data);
  if (!made) return std::unexpected(failed(made.error()));
  return std::move(*made);
}

std::expected<SecretBytes, CK_RV> TokenKeys::operate(const TokenKey& key, CK_OBJECT_HANDLE handle,
                                                     Use use, Bytes data) {
  if (use == Use::Agree) return token_.ecdh(handle, data, piv::size_of(key.algorithm), pin_.view());
  if (piv::is_rsa(key.algorithm)) return token_.rsa(handle, data, pin_.view());
  const auto raw = token_.ecdsa(handle, data, pin_.view());
  if (!raw) return std::unexpected(raw.error());
  auto der = in_der(raw->view());
  if (!der) return std::unexpected(CKR_HOST_MEMORY);
  return std::move(*der);
}

bool TokenKeys::present() {
  suspect_ = false;
  return token_.present();
}

StatusWord TokenKeys::failed(CK_RV status) {
  switch (status) {
    case CKR_USER_NOT_LOGGED_IN:
      return StatusWord::SecurityStatus;
    case CKR_DATA_INVALID:
    case CKR_DATA_LEN_RANGE:
    case CKR_ENCRYPTED_DATA_INVALID:
    case CKR_ENCRYPTED_DATA_LEN_RANGE:
      return StatusWord::WrongData;
    default:
      suspect_ = true;
      warn_("the token refuses: " + std::string(p11_kit_strerror(status)));
      return StatusWord::Unspecified;
  }
}

}  // namespace vscard::cards::pkcs11
