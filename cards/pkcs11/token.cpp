#include "cards/pkcs11/token.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vscard::cards::pkcs11 {
namespace {

constexpr CK_ULONG kMaxAttribute = 65536;  ///< bytes

template <class T>
CK_ATTRIBUTE equals(CK_ATTRIBUTE_TYPE type, T& value) {
  return {.type = type, .pValue = &value, .ulValueLen = sizeof value};
}

std::expected<CK_SESSION_HANDLE, CK_RV> open_session(CK_FUNCTION_LIST* module, CK_SLOT_ID slot) {
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  const CK_RV status = module->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session);
  if (status != CKR_OK) return std::unexpected(status);
  return session;
}

bool is_same(const CK_TOKEN_INFO& a, const CK_TOKEN_INFO& b) {
  return std::ranges::equal(a.label, b.label) && std::ranges::equal(a.serialNumber, b.serialNumber);
}

/// OpenSC looks for the card in C_GetSlotInfo alone: about a token and a session it says CKR_OK
/// when the card was pulled.
bool is_in(CK_FUNCTION_LIST* module, CK_SLOT_ID slot, const CK_TOKEN_INFO& wanted) {
  CK_SLOT_INFO place{};
  CK_TOKEN_INFO info{};
  return module->C_GetSlotInfo(slot, &place) == CKR_OK && (place.flags & CKF_TOKEN_PRESENT) != 0 &&
         module->C_GetTokenInfo(slot, &info) == CKR_OK && is_same(info, wanted);
}

}  // namespace

std::vector<CK_SLOT_ID> slots_of(CK_FUNCTION_LIST* module) {
  CK_ULONG count = 0;
  if (module->C_GetSlotList(CK_TRUE, nullptr, &count) != CKR_OK) return {};
  std::vector<CK_SLOT_ID> slots(count);
  if (module->C_GetSlotList(CK_TRUE, slots.data(), &count) != CKR_OK) return {};
  slots.resize(std::min<std::size_t>(count, slots.size()));
  return slots;
}

std::expected<Token, CK_RV> Token::open(CK_FUNCTION_LIST* module, CK_SLOT_ID slot) {
  CK_TOKEN_INFO info{};
  if (const CK_RV status = module->C_GetTokenInfo(slot, &info); status != CKR_OK)
    return std::unexpected(status);
  const auto session = open_session(module, slot);
  if (!session) return std::unexpected(session.error());
  return Token(module, slot, *session, info);
}

Token::Token(Token&& other) noexcept
    : module_(other.module_),
      slot_(other.slot_),
      session_(std::exchange(other.session_, CK_INVALID_HANDLE)),
      info_(other.info_) {}

Token::~Token() {
  if (session_ != CK_INVALID_HANDLE) module_->C_CloseSession(session_);
}

std::expected<CK_FLAGS, CK_RV> Token::flags() const {
  CK_TOKEN_INFO info{};
  if (const CK_RV status = module_->C_GetTokenInfo(slot_, &info); status != CKR_OK)
    return std::unexpected(status);
  return info.flags;
}

bool Token::present() {
  CK_SESSION_INFO session{};
  if (session_ != CK_INVALID_HANDLE && is_in(module_, slot_, info_) &&
      module_->C_GetSessionInfo(session_, &session) == CKR_OK) {
    return true;
  }
  if (session_ != CK_INVALID_HANDLE)
    module_->C_CloseSession(std::exchange(session_, CK_INVALID_HANDLE));
  if (!find_again()) return false;
  const auto opened = open_session(module_, slot_);
  if (opened) session_ = *opened;
  return opened.has_value();
}

bool Token::find_again() {
  const auto slots = slots_of(module_);
  const auto found =
      std::ranges::find_if(slots, [this](CK_SLOT_ID slot) { return is_in(module_, slot, info_); });
  if (found == slots.end()) return false;
  slot_ = *found;
  return true;
}

std::expected<std::vector<TokenCertificate>, CK_RV> Token::certificates() {
  CK_OBJECT_CLASS kind = CKO_CERTIFICATE;
  CK_CERTIFICATE_TYPE type = CKC_X_509;
  const auto objects = find({equals(CKA_CLASS, kind), equals(CKA_CERTIFICATE_TYPE, type)});
  if (!objects) return std::unexpected(objects.error());
  std::vector<TokenCertificate> certificates;
  for (const CK_OBJECT_HANDLE object : *objects) {
    auto der = attribute(object, CKA_VALUE);
    const auto label = attribute(object, CKA_LABEL).value_or(std::vector<std::uint8_t>{});
    if (der && !der->empty())
      certificates.push_back({.der = std::move(*der),
                              .id = attribute(object, CKA_ID).value_or(std::vector<std::uint8_t>{}),
                              .label = {label.begin(), label.end()}});
  }
  return certificates;
}

CK_RV Token::log_in(CK_USER_TYPE user, Bytes pin) {
  return module_->C_Login(session_, user, without_const(pin), pin.size());
}

void Token::log_out() {
  if (session_ != CK_INVALID_HANDLE) module_->C_Logout(session_);
}

std::optional<CK_OBJECT_HANDLE> Token::private_key(const std::vector<std::uint8_t>& id) {
  CK_OBJECT_CLASS kind = CKO_PRIVATE_KEY;
  const auto objects =
      find({equals(CKA_CLASS, kind),
            {.type = CKA_ID, .pValue = without_const(id), .ulValueLen = id.size()}});
  if (!objects || objects->empty()) return std::nullopt;
  return objects->front();
}

std::expected<std::vector<CK_OBJECT_HANDLE>, CK_RV> Token::find(std::vector<CK_ATTRIBUTE> wanted) {
  if (const CK_RV status = module_->C_FindObjectsInit(session_, wanted.data(), wanted.size());
      status != CKR_OK) {
    return std::unexpected(status);
  }
  std::vector<CK_OBJECT_HANDLE> objects(kMaxCertificates);
  CK_ULONG count = 0;
  const CK_RV status = module_->C_FindObjects(session_, objects.data(), objects.size(), &count);
  module_->C_FindObjectsFinal(session_);
  if (status != CKR_OK) return std::unexpected(status);
  objects.resize(std::min<std::size_t>(count, kMaxCertificates));
  return objects;
}

std::optional<std::vector<std::uint8_t>> Token::attribute(CK_OBJECT_HANDLE object,
                                                          CK_ATTRIBUTE_TYPE type) {
  CK_ATTRIBUTE wanted{.type = type, .pValue = nullptr, .ulValueLen = 0};
  if (module_->C_GetAttributeValue(session_, object, &wanted, 1) != CKR_OK ||
      wanted.ulValueLen > kMaxAttribute) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> value(wanted.ulValueLen);
  wanted.pValue = value.data();
  if (module_->C_GetAttributeValue(session_, object, &wanted, 1) != CKR_OK ||
      wanted.ulValueLen > value.size()) {
    return std::nullopt;
  }
  value.resize(wanted.ulValueLen);
  return value;
}

bool Token::flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
  const auto value = attribute(object, type);
  return value && value->size() == 1 && value->front() != CK_FALSE;
}

}  // namespace vscard::cards::pkcs11
