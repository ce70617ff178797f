// What of YubiKey's extensions belongs to none of the standard's commands.

#include "cards/piv/application.hpp"
#include "cards/piv/attestation.hpp"
#include "cards/piv/block_cipher.hpp"
#include "cards/piv/factory.hpp"
#include "cards/piv/key_pair.hpp"
#include "cards/piv/pin.hpp"
#include "cards/piv/sealing.hpp"
#include "cards/piv/tlv.hpp"

#include <array>
#include <utility>

namespace vscard::cards::piv {
namespace {

constexpr std::uint8_t kNoTouch = 1;
constexpr std::uint8_t kNoAlgorithm = 0xff;  ///< a PIN or a PUK

using Out = std::vector<std::uint8_t>;

Answer answer(const Out& data) { return {StatusWord::Success, SecretBytes::copy_of(data)}; }

void put_numbers(Out& out, std::uint16_t tag, std::initializer_list<unsigned> numbers) {
  Out value;
  for (const unsigned number : numbers) value.push_back(static_cast<std::uint8_t>(number));
  put_tlv(out, tag, value);
}

/// Takes as long as a try, but is none: it tells of the published one alone.
bool is(const Reference& reference, std::string_view usual) {
  return unwrap(reference.wrapped, padded(usual).view()).has_value();
}

Answer about(const Reference& reference, std::string_view usual) {
  Out out;
  put_numbers(out, 0x01, {kNoAlgorithm});
  put_numbers(out, 0x05, {is(reference, usual) ? 1U : 0U});
  put_numbers(out, 0x06, {reference.most, reference.tries});
  return answer(out);
}

Answer about(const ManagementKey& key) {
  Out out;
  put_numbers(out, 0x01, {static_cast<unsigned>(key.algorithm)});
  put_numbers(out, 0x02, {0, kNoTouch});
  put_numbers(out, 0x05, {key == default_management_key() ? 1U : 0U});
  return answer(out);
}

Answer about(const SlotKey& key) {
  Out out;
  put_numbers(out, 0x01, {static_cast<unsigned>(key.algorithm)});
  put_numbers(out, 0x02, {static_cast<unsigned>(key.policy), kNoTouch});
  put_numbers(out, 0x03, {static_cast<unsigned>(key.origin)});
  const Pkey pair = public_from_der(key.public_key);
  require(pair != nullptr, "a public key");
  put_tlv(out, 0x04, public_template(*pair));
  return answer(out);
}

}  // namespace

Answer Application::serial() const {
  Out out;
  protocol::ByteWriter(out).u32_be(state_.serial);
  return answer(out);
}

Answer Application::metadata(const Command& command) const {
  if (command.p1 != 0) return {StatusWord::WrongParameters};
  switch (command.p2) {
    case 0x80:
      return about(state_.pin, kDefaultPin);
    case 0x81:
      return about(state_.puk, kDefaultPuk);
    case 0x9b:
      return about(state_.management);
    default:
      break;
  }
  const auto slot = slot_of(command.p2);
  const auto found = slot ? state_.keys.find(*slot) : state_.keys.end();
  return found == state_.keys.end() ? Answer{StatusWord::ReferenceNotFound} : about(found->second);
}

/// The answer is the bare certificate. Its issuer's is an object.
Answer Application::attest(const Command& command) {
  const auto slot = slot_of(command.p1);
  if (!slot || command.p2 != 0) return {StatusWord::WrongParameters};
  const auto key = state_.keys.find(*slot);
  const auto signer = state_.keys.find(Slot::Attestation);
  const auto object = state_.objects.find(Tag::AttestationCertificate);
  if (key == state_.keys.end() || key->second.origin != Origin::Generated ||
      signer == state_.keys.end() || object == state_.objects.end()) {
    return {StatusWord::ReferenceNotFound};
  }
  if (const auto allowed = may_use(signer->second); allowed != StatusWord::Success) {
    return {allowed};
  }
  TlvReader in(object->second);
  const auto authority = in.next();
  EVP_PKEY* const pair = loaded(Slot::Attestation, signer->second);
  if (!authority || pair == nullptr) return {StatusWord::Unspecified};
  const auto made = attestation(*slot, key->second, state_.serial, *pair, authority->value);
  return made ? answer(*made) : Answer{StatusWord::Unspecified};
}

/// Only a card that nobody can use any more: PIN and PUK are blocked. It keeps its number.
Answer Application::start_over(const Command& command) {
  if (command.p1_p2() != 0) return {StatusWord::WrongParameters};
  if (state_.pin.tries != 0 || state_.puk.tries != 0) return {StatusWord::ConditionsNotMet};
  NewCard card = new_card();
  card.serial = state_.serial;
  card.work = static_cast<WorkFactor>(state_.pin.wrapped.front());
  if (!commit(make_card(card))) return {StatusWord::MemoryFailure};
  loaded_.clear();
  reset();
  return {};
}

}  // namespace vscard::cards::piv
