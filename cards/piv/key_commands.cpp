// GENERAL AUTHENTICATE (SP 800-73-4 part 2 §3.2.4), GENERATE ASYMMETRIC KEY PAIR (§3.3.2) and
// YubiKey's IMPORT ASYMMETRIC KEY.

#include "cards/piv/application.hpp"
#include "cards/piv/authentication_template.hpp"
#include "cards/piv/key_pair.hpp"
#include "cards/piv/new_key.hpp"
#include "cards/piv/tlv.hpp"

#include <utility>

namespace vscard::cards::piv {
namespace {

constexpr std::uint8_t kManagementReference = 0x9b;

}  // namespace

Answer Application::general_authenticate(const Command& command) {
  if (command.p2 == kManagementReference) return authenticate_manager(command);
  challenge_.reset();
  return use_key(command);
}

StatusWord Application::may_use(const SlotKey& key) const {
  if (key.policy == PinPolicy::Never) return StatusWord::Success;
  const bool fresh = key.policy != PinPolicy::Always || fresh_;
  return card_key_ && fresh ? StatusWord::Success : StatusWord::SecurityStatus;
}

/// Null: the state was changed by somebody else.
EVP_PKEY* Application::loaded(Slot slot, const SlotKey& key) {
  const auto found = loaded_.find(slot);
  if (found != loaded_.end()) return found->second.get();
  Pkey opened = open_key(slot, key, card_key_ ? card_key_->view() : Bytes{});
  if (!opened) return nullptr;
  return loaded_.emplace(slot, std::move(opened)).first->second.get();
}

Answer Application::use_key(const Command& command) {
  const auto slot = slot_of(command.p2);
  const auto found = slot ? state_.keys.find(*slot) : state_.keys.end();
  if (found == state_.keys.end()) return {StatusWord::ReferenceNotFound};
  const SlotKey& key = found->second;
  if (pair_algorithm(command.p1) != key.algorithm) return {StatusWord::WrongParameters};
  if (const auto allowed = may_use(key); allowed != StatusWord::Success) return {allowed};
  fresh_ = false;
  const auto parts = AuthenticationTemplate::parse(command.data);
  if (!parts || parts->witness || (parts->response && !parts->response->empty()) ||
      parts->challenge.has_value() == parts->exponentiation.has_value()) {
    return {StatusWord::WrongData};
  }
  const auto made = parts->challenge
                        ? operate(*slot, key, KeyHolder::Use::Sign, *parts->challenge)
                        : operate(*slot, key, KeyHolder::Use::Agree, *parts->exponentiation);
  if (!made) return {made.error()};
  return {StatusWord::Success, AuthenticationTemplate::with(0x82, made->view())};
}

std::expected<SecretBytes, StatusWord> Application::operate(Slot slot, const SlotKey& key,
                                                            KeyHolder::Use use, Bytes data) {
  if (holder_ && slot != Slot::Attestation) return holder_->use(slot, use, data);
  EVP_PKEY* const pair = loaded(slot, key);
  if (pair == nullptr) return std::unexpected(StatusWord::Unspecified);
  auto made = use == KeyHolder::Use::Sign ? sign(*pair, data) : agree(*pair, data);
  if (!made) return std::unexpected(StatusWord::WrongData);
  return std::move(*made);
}

Answer Application::keep_key(Slot slot, const EVP_PKEY& key, PinPolicy policy, Origin origin) {
  if (holder_) return {StatusWord::FunctionUnsupported};
  State next = state_.clone();
  next.keys.insert_or_assign(slot, make_slot_key(slot, key, policy, origin, state_.card_key));
  if (!commit(std::move(next))) return {StatusWord::MemoryFailure};
  loaded_.erase(slot);
  return {};
}

Answer Application::generate_pair(const Command& command) {
  const auto slot = slot_of(command.p2);
  if (command.p1 != 0 || !slot) return {StatusWord::WrongParameters};
  if (!managed_) return {StatusWord::SecurityStatus};
  const auto inside = only_tlv(command.data, 0xac);
  const auto wanted = inside ? parse_new_key(*inside, *slot) : std::nullopt;
  if (!wanted || !wanted->algorithm) return {StatusWord::WrongData};
  const Pkey key = generate(*wanted->algorithm);
  Answer kept = keep_key(*slot, *key, wanted->policy, Origin::Generated);
  if (kept.status != StatusWord::Success) return kept;
  const auto numbers = public_template(*key);
  kept.data = SecretBytes::with_capacity(numbers.size() + kMaxTlvHeader + 1);
  put_tlv(kept.data, 0x7f49, numbers);
  return kept;
}

Answer Application::import_key(const Command& command) {
  const auto algorithm = pair_algorithm(command.p1);
  const auto slot = slot_of(command.p2);
  if (!algorithm || !slot) return {StatusWord::WrongParameters};
  if (!managed_) return {StatusWord::SecurityStatus};
  const auto wanted = parse_new_key(command.data, *slot);
  if (!wanted || wanted->algorithm) return {StatusWord::WrongData};
  const Pkey key = is_rsa(*algorithm) ? import_rsa(*algorithm, wanted->rsa)
                                      : import_ecc(*algorithm, wanted->scalar);
  if (!key) return {StatusWord::WrongData};
  return keep_key(*slot, *key, wanted->policy, Origin::Imported);
}

}  // namespace vscard::cards::piv
