#include "tests/cards/piv/card_user.hpp"

#include "cards/piv/block_cipher.hpp"

namespace vscard::cards::piv {

std::string CardUser::manage() {
  const ManagementKey& key = state().management;
  const auto algorithm = static_cast<std::uint8_t>(key.algorithm);
  const std::string header = "0087" + fakes::to_hex(Bytes(&algorithm, 1)) + "9b";
  const auto asked = fakes::from_hex(send(header, "7c028100"));
  const std::size_t block = block_size(key.algorithm);
  if (asked.size() != 4 + block + 2) return fakes::to_hex(asked);
  const auto shown = encrypt_block(key, Bytes(asked).subspan(4, block));
  auto parts = fakes::from_hex("7c008200");
  parts[1] = static_cast<std::uint8_t>(block + 2);
  parts[3] = static_cast<std::uint8_t>(block);
  return send(header, fakes::to_hex(parts) + fakes::to_hex(shown.view()));
}

}  // namespace vscard::cards::piv
