#include "cards/libcacard/wrong_pin.hpp"

#include <prerror.h>
#include <secerr.h>

namespace vscard::cards::libcacard {
namespace {

constexpr std::uint8_t kInsVerify = 0x20;
constexpr std::uint16_t kConditionsNotSatisfied = 0x6985;
constexpr std::uint16_t kBlocked = 0x6983;
constexpr std::uint16_t kTries = 0x63c0;  ///< and as many as the last digit says

/// NSS keeps the reason for the thread. Others (the token has gone) mean no wrong PIN.
bool was_wrong_pin() {
  const PRErrorCode error = PR_GetError();
  return error == SEC_ERROR_BAD_PASSWORD || error == SEC_ERROR_LOCKED_PASSWORD;
}

}  // namespace

bool is_verify(protocol::Bytes command) { return command.size() > 1 && command[1] == kInsVerify; }

std::uint16_t wrong_pin_status(Token::Tries tries) {
  switch (tries) {
    case Token::Tries::NotCounted:
      return kTries | 15;
    case Token::Tries::Fewer:
      return kTries | 2;
    case Token::Tries::Last:
      return kTries | 1;
    case Token::Tries::None:
      return kBlocked;
  }
  return kConditionsNotSatisfied;
}

void say_wrong_pin(protocol::SecretBytes& response, const Token& token) {
  const bool refused = protocol::ByteReader(response.view()).u16_be() == kConditionsNotSatisfied;
  if (response.size() != 2 || !refused || !was_wrong_pin()) return;
  const std::uint16_t status = wrong_pin_status(token.tries());
  response.data()[0] = static_cast<std::uint8_t>(status >> 8);
  response.data()[1] = static_cast<std::uint8_t>(status & 0xff);
}

}  // namespace vscard::cards::libcacard
