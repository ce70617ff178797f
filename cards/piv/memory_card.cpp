#include "cards/piv/memory_card.hpp"

#include "cards/piv/factory.hpp"
#include "cards/piv/pin.hpp"
#include "cards/piv/reader.hpp"

#include <utility>

namespace vscard::cards::piv {
Result<State> state_with(std::span<const KeyAndCertificate> keys, const SecretBytes& pin) {
  if (const auto checked = check_pin(pin); !checked) return std::unexpected(checked.error());
  NewCard card = card_for(keys);
  card.pin = padded(pin.view());
  State state = make_card(card);
  state.puk.tries = 0;
  if (const auto put = put_keys(state, keys); !put) return std::unexpected(put.error());
  return state;
}

Result<std::unique_ptr<cards::Reader>> make_memory_card(asio::any_io_executor executor,
                                                        std::span<const KeyAndCertificate> keys,
                                                        const SecretBytes& pin, std::string name,
                                                        Renewal renewal) {
  auto state = state_with(keys, pin);
  if (!state) return std::unexpected(state.error());
  return std::make_unique<Reader>(std::move(executor),
                                  Card(std::move(*state), [](Bytes /*state*/) { return true; }),
                                  std::move(name), std::move(renewal));
}

}  // namespace vscard::cards::piv
