#include "cards/piv/contents.hpp"

#include "cards/piv/key_pair.hpp"
#include "cards/piv/new_key.hpp"
#include "cards/piv/objects.hpp"
#include "cards/piv/pin.hpp"

#include <openssl/err.h>

#include <array>

namespace vscard::cards::piv {
namespace {

Slot slot_at(std::size_t i) {
  constexpr std::array kFirst{Slot::Authentication, Slot::Signature, Slot::KeyManagement,
                              Slot::CardAuthentication};
  return i < kFirst.size() ? kFirst.at(i) : retired_slot(static_cast<unsigned>(i - kFirst.size()));
}

std::unexpected<Failure> failure(std::size_t i, const std::string& text) {
  return std::unexpected(Failure{"key " + std::to_string(i + 1) + ": " + text});
}

std::string kind_of(const EVP_PKEY& key) {
  const char* const type = EVP_PKEY_get0_type_name(&key);
  return std::string(type == nullptr ? "?" : type) + " with " +
         std::to_string(EVP_PKEY_get_bits(&key)) + " bits";
}

Result<> check(std::size_t i, const KeyAndCertificate& it) {
  if (!algorithm_of(*it.key)) {
    return failure(i,
                   "a PIV card has keys of RSA with 2048, 3072 or 4096 bits, P-256 and P-384; "
                   "this one is " +
                       kind_of(*it.key));
  }
  const std::uint8_t* in = it.certificate.data();
  const Certificate parsed(d2i_X509(nullptr, &in, static_cast<long>(it.certificate.size())));
  const bool belongs = parsed && EVP_PKEY_eq(X509_get0_pubkey(parsed.get()), it.key.get()) == 1;
  ERR_clear_error();
  if (!belongs) return failure(i, "its certificate is of another key, or is not a certificate");
  if (it.certificate.size() > kMaxCertificate) {
    return failure(i, "its certificate is too large for a PIV card");
  }
  return {};
}

std::vector<std::uint8_t> digest_of(std::span<const KeyAndCertificate> keys) {
  using Context = std::unique_ptr<EVP_MD_CTX, OpensslFree<EVP_MD_CTX_free>>;
  const Context context(EVP_MD_CTX_new());
  std::vector<std::uint8_t> digest(EVP_MAX_MD_SIZE);
  bool done = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  for (const auto& it : keys) {
    done =
        done && EVP_DigestUpdate(context.get(), it.certificate.data(), it.certificate.size()) == 1;
  }
  require(done && EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1, "SHA-256");
  return digest;
}

SlotKey slot_key(Slot slot, const EVP_PKEY& key, Custody custody, Bytes card_key) {
  if (custody == Custody::Card)
    return make_slot_key(slot, key, usual_policy(slot), Origin::Imported, card_key);
  return {.algorithm = algorithm_of(key).value(),
          .policy = usual_policy(slot),
          .origin = Origin::Imported,
          .content = {},
          .public_key = public_der(key)};
}

}  // namespace

Result<> put_keys(State& state, std::span<const KeyAndCertificate> keys, Custody custody) {
  if (keys.size() > kMaxKeys) {
    return std::unexpected("a PIV card holds at most 24 keys, not " + std::to_string(keys.size()));
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (const auto fits = check(i, keys[i]); !fits) return std::unexpected(fits.error());
    const Slot slot = keys[i].slot.value_or(slot_at(i));
    state.keys.emplace(slot, slot_key(slot, *keys[i].key, custody, state.card_key));
    state.objects[certificate_tag(slot)] = certificate_object(keys[i].certificate);
  }
  update_key_history(state);
  return {};
}

Result<State> with_other_keys(const State& state, std::span<const KeyAndCertificate> keys,
                              Custody custody) {
  State next = state.clone();
  for (const auto& [slot, key] : state.keys) {
    if (slot == Slot::Attestation) continue;
    next.keys.erase(slot);
    next.objects.erase(certificate_tag(slot));
  }
  if (const auto put = put_keys(next, keys, custody); !put) return std::unexpected(put.error());
  const NewCard identity = card_for(keys);
  next.serial = identity.serial;
  set_identity(next, identity.guid);
  return next;
}

NewCard card_for(std::span<const KeyAndCertificate> keys) {
  const auto digest = digest_of(keys);
  NewCard card = new_card();
  card.puk = random_bytes(kMaxPin);
  card.serial = protocol::ByteReader(Bytes(digest).subspan(kGuid)).u32_be() & 0x7fffffff;
  card.guid.assign(digest.begin(), digest.begin() + kGuid);
  card.work = WorkFactor::Least;
  return card;
}

}  // namespace vscard::cards::piv
