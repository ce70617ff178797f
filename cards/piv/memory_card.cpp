#include "cards/piv/memory_card.hpp"

#include "cards/piv/factory.hpp"
#include "cards/piv/key_pair.hpp"
#include "cards/piv/new_key.hpp"
#include "cards/piv/objects.hpp"
#include "cards/piv/pin.hpp"
#include "cards/piv/reader.hpp"

#include <openssl/err.h>

#include <array>
#include <utility>

namespace vscard::cards::piv {
namespace {

constexpr std::size_t kAroundCertificate = 16;  ///< bytes of its object, at most

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
  if (it.certificate.size() + kAroundCertificate > kMaxObject) {
    return failure(i, "its certificate is too large for a PIV card");
  }
  return {};
}

/// The same for the same certificates, so that what names the card finds it again.
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

NewCard identity_of(std::span<const KeyAndCertificate> keys, const SecretBytes& pin) {
  const auto digest = digest_of(keys);
  NewCard card = new_card();
  card.pin = padded(pin.view());
  card.puk = random_bytes(kMaxPin);
  card.serial = protocol::ByteReader(Bytes(digest).subspan(kGuid)).u32_be() & 0x7fffffff;
  card.guid.assign(digest.begin(), digest.begin() + kGuid);
  card.work = WorkFactor::Least;
  return card;
}

}  // namespace

Result<State> state_with(std::span<const KeyAndCertificate> keys, const SecretBytes& pin) {
  if (keys.size() > kMaxMemoryKeys) {
    return std::unexpected("a PIV card holds at most 24 keys, not " + std::to_string(keys.size()));
  }
  if (const auto checked = check_pin(pin); !checked) return std::unexpected(checked.error());
  State state = make_card(identity_of(keys, pin));
  state.puk.tries = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (const auto fits = check(i, keys[i]); !fits) return std::unexpected(fits.error());
    const Slot slot = keys[i].slot.value_or(slot_at(i));
    state.keys.emplace(slot, make_slot_key(slot, *keys[i].key, usual_policy(slot), Origin::Imported,
                                           state.card_key));
    state.objects[certificate_tag(slot)] = certificate_object(keys[i].certificate);
  }
  update_key_history(state);
  return state;
}

Result<std::unique_ptr<cards::Reader>> make_memory_card(asio::any_io_executor executor,
                                                        std::span<const KeyAndCertificate> keys,
                                                        const SecretBytes& pin, std::string name) {
  auto state = state_with(keys, pin);
  if (!state) return std::unexpected(state.error());
  return std::make_unique<Reader>(std::move(executor),
                                  Card(std::move(*state), [](Bytes /*state*/) { return true; }),
                                  std::move(name));
}

}  // namespace vscard::cards::piv
