#include "cards/piv/memory_card.hpp"

#include "cards/piv/factory.hpp"
#include "cards/piv/objects.hpp"
#include "cards/piv/pin.hpp"
#include "cards/piv/reader.hpp"

#include <utility>

namespace vscard::cards::piv {
namespace {

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
  if (const auto checked = check_pin(pin); !checked) return std::unexpected(checked.error());
  State state = make_card(identity_of(keys, pin));
  state.puk.tries = 0;
  if (const auto put = put_keys(state, keys); !put) return std::unexpected(put.error());
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
