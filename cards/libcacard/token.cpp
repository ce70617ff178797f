#include "cards/libcacard/token.hpp"

#include "cards/libcacard/nss_handles.hpp"
#include "cards/libcacard/uri.hpp"

#include <nss.h>
#include <secmod.h>
#include <set>
#include <span>

namespace vscard::cards::libcacard {
namespace {

using ByteVector = std::vector<std::uint8_t>;

ByteVector attribute(PK11GenericObject& object, CK_ATTRIBUTE_TYPE type) {
  OwnedItem value;
  if (PK11_ReadRawAttribute(PK11_TypeGeneric, &object, type, value.get()) != SECSuccess) return {};
  const auto bytes = value.bytes();
  return {bytes.begin(), bytes.end()};
}

std::vector<PK11GenericObject*> listed(const ObjectsHandle& objects) {
  std::vector<PK11GenericObject*> list;
  for (PK11GenericObject* it = objects.get(); it != nullptr; it = PK11_GetNextGenericObject(it)) {
    list.push_back(it);
  }
  return list;
}

ObjectsHandle objects_of(PK11SlotInfo* slot, CK_OBJECT_CLASS kind) {
  return ObjectsHandle(PK11_FindGenericObjects(slot, kind));
}

/// Of public keys and of the private ones that it shows.
std::set<std::string> key_ids(PK11SlotInfo* slot) {
  std::set<std::string> ids;
  for (const CK_OBJECT_CLASS kind : {CKO_PUBLIC_KEY, CKO_PRIVATE_KEY}) {
    const ObjectsHandle objects = objects_of(slot, kind);
    for (PK11GenericObject* object : listed(objects))
      ids.insert(hex_of(attribute(*object, CKA_ID)));
  }
  return ids;
}

}  // namespace

void Token::Free::operator()(PK11SlotInfoStr* slot) const { PK11_FreeSlot(slot); }

std::optional<Token> Token::of_database(const std::string& name) {
  if (NSS_IsInitialized() == PR_FALSE) return std::nullopt;
  PK11SlotInfo* slot = name.empty() ? PK11_GetInternalKeySlot() : PK11_FindSlotByName(name.c_str());
  if (slot == nullptr) return std::nullopt;
  return Token(slot);
}

std::optional<Token> Token::in_slot(const std::string& name) {
  for (Module& module : modules()) {
    for (Token& token : module.slots) {
      if (token.slot() == name) return std::move(token);
    }
  }
  return of_database("");
}

std::string Token::label() const { return PK11_GetTokenName(slot_.get()); }

std::string Token::slot() const { return PK11_GetSlotName(slot_.get()); }

std::string Token::uri() const {
  const TextHandle uri(PK11_GetTokenURI(slot_.get()));
  return uri ? escaped_for_libcacard(uri.get()) : "";
}

bool Token::is_present() const { return PK11_IsPresent(slot_.get()) != PR_FALSE; }

bool Token::needs_login() const { return PK11_NeedLogin(slot_.get()) != PR_FALSE; }

Token::Tries Token::tries() const {
  CK_TOKEN_INFO info{};
  if (PK11_GetTokenInfo(slot_.get(), &info) != SECSuccess) return Tries::NotCounted;
  if ((info.flags & CKF_USER_PIN_LOCKED) != 0) return Tries::None;
  if ((info.flags & CKF_USER_PIN_FINAL_TRY) != 0) return Tries::Last;
  return (info.flags & CKF_USER_PIN_COUNT_LOW) != 0 ? Tries::Fewer : Tries::NotCounted;
}

void Token::show_certificates() const {
  int size = 0;
  const PK11DefaultArrayEntry* array = PK11_GetDefaultArray(&size);
  for (const auto& entry : std::span(array, static_cast<std::size_t>(size))) {
    if (entry.flag == SECMOD_FRIENDLY_FLAG) {
      PK11_UpdateSlotAttribute(slot_.get(), &entry, PR_TRUE);
    }
  }
}

std::vector<Certificate> Token::certificates() const {
  const auto keys = key_ids(slot_.get());
  const ObjectsHandle objects = objects_of(slot_.get(), CKO_CERTIFICATE);
  std::vector<Certificate> certificates;
  for (PK11GenericObject* object : listed(objects)) {
    auto certificate = read_certificate(attribute(*object, CKA_VALUE));
    if (!certificate) continue;
    const ByteVector label = attribute(*object, CKA_LABEL);
    certificate->nickname.assign(label.begin(), label.end());
    certificate->id = hex_of(attribute(*object, CKA_ID));
    if (keys.contains(certificate->id)) {
      certificate->key_presence = KeyPresence::Here;
    } else if (!needs_login()) {
      certificate->key_presence = KeyPresence::Missing;
    }
    certificates.push_back(std::move(*certificate));
  }
  return certificates;
}

bool Token::shows_key() const { return !key_ids(slot_.get()).empty(); }

std::optional<std::string> Token::name_of(const Certificate& certificate) const {
  const std::string by_id = uri() + ";id=" + percent_encoded_hex(certificate.id);
  const std::string by_label = uri() + ";object=" + percent_encoded(certificate.nickname);
  const std::string by_both = by_id + ";object=" + percent_encoded(certificate.nickname);
  for (const std::string& name : {by_id, by_both, by_label}) {
    const auto found = found_by_libcacard(name);
    if (found && found->sha256 == certificate.sha256) return name;
  }
  return std::nullopt;
}

std::optional<Certificate> found_by_libcacard(const std::string& name) {
  const CertificateHandle found(PK11_FindCertFromNickname(name.c_str(), nullptr));
  if (!found) return std::nullopt;
  return read_certificate({found->derCert.data, found->derCert.len});
}

std::vector<Module> modules() {
  std::vector<Module> modules;
  for (const SECMODModuleList* entry = SECMOD_GetDefaultModuleList(); entry != nullptr;
       entry = entry->next) {
    const SECMODModule* it = entry->module;
    if (it == nullptr || it == SECMOD_GetInternalModule()) continue;
    Module& module = modules.emplace_back(Module{.name = it->commonName, .slots = {}});
    for (PK11SlotInfo* slot : std::span(it->slots, static_cast<std::size_t>(it->slotCount))) {
      module.slots.emplace_back(PK11_ReferenceSlot(slot));
    }
  }
  return modules;
}

}  // namespace vscard::cards::libcacard
