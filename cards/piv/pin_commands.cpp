// VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER (SP 800-73-4 part 2 §3.2) and YubiKey's SET
// PIN RETRIES.

#include "cards/piv/application.hpp"
#include "cards/piv/pin.hpp"

#include <algorithm>
#include <utility>

namespace vscard::cards::piv {
namespace {

constexpr std::uint8_t kPinReference = 0x80;
constexpr std::uint8_t kPukReference = 0x81;

Answer tries_left(const Reference& reference) {
  const unsigned shown = std::min<unsigned>(reference.tries, 0xf);
  return {static_cast<StatusWord>(static_cast<unsigned>(StatusWord::TriesLeft) | shown)};
}

}  // namespace

Answer Application::verify_status() const {
  if (card_key_) return {};
  if (holder_) return {holder_->tries()};
  return state_.pin.tries == 0 ? Answer{StatusWord::Blocked} : tries_left(state_.pin);
}

/// Takes a try off. It comes back when what the password allowed is stored.
std::expected<SecretBytes, StatusWord> Application::open_card_key(Member which, Bytes password) {
  if (holder_) return std::unexpected(StatusWord::FunctionUnsupported);
  if ((state_.*which).tries == 0) return std::unexpected(StatusWord::Blocked);
  State next = state_.clone();
  --(next.*which).tries;
  if (!commit(std::move(next))) return std::unexpected(StatusWord::MemoryFailure);
  auto key = unwrap((state_.*which).wrapped, password);
  if (key) return std::move(*key);
  return std::unexpected(tries_left(state_.*which).status);
}

Answer Application::verify(const Command& command) {
  if (command.p2 != kPinReference) return {StatusWord::ReferenceNotFound};
  if (command.p1 == 0xff && command.data.empty()) {
    log_out();
    return {};
  }
  if (command.p1 != 0) return {StatusWord::WrongParameters};
  if (command.data.empty()) return verify_status();
  if (command.data.size() != kMaxPin) return {StatusWord::WrongData};
  log_out();
  if (holder_) return verify_by_holder(command.data);
  auto key = open_card_key(&State::pin, command.data);
  if (!key) return {key.error()};
  State next = state_.clone();
  next.pin.tries = next.pin.most;
  if (!commit(std::move(next))) return {StatusWord::MemoryFailure};
  card_key_ = std::move(*key);
  fresh_ = true;
  return {};
}

Answer Application::verify_by_holder(Bytes password) {
  const auto status = holder_->verify(unpadded(password));
  if (status != StatusWord::Success) return {status};
  card_key_.emplace();
  fresh_ = true;
  return {};
}

/// Whoever knows `proven` gives `changed` another value, and all tries to both.
Answer Application::replace(Member proven, Member changed, Bytes old, Bytes password) {
  if (changed == &State::pin) log_out();
  auto key = open_card_key(proven, old);
  if (!key) return {key.error()};
  State next = state_.clone();
  const auto work = static_cast<WorkFactor>((next.*changed).wrapped.front());
  (next.*changed).wrapped = wrap(key->view(), password, work);
  (next.*proven).tries = (next.*proven).most;
  (next.*changed).tries = (next.*changed).most;
  if (!commit(std::move(next))) return {StatusWord::MemoryFailure};
  if (proven != &State::pin) return {};
  card_key_ = std::move(*key);
  fresh_ = true;
  return {};
}

Answer Application::change_reference(const Command& command) {
  if (command.p1 != 0) return {StatusWord::WrongParameters};
  const bool pin = command.p2 == kPinReference;
  if (!pin && command.p2 != kPukReference) return {StatusWord::ReferenceNotFound};
  if (command.data.size() != 2 * kMaxPin) return {StatusWord::WrongData};
  const Bytes password = command.data.last(kMaxPin);
  if (pin ? !is_pin(password) : !is_puk(password)) return {StatusWord::WrongData};
  const Member which = pin ? &State::pin : &State::puk;
  return replace(which, which, command.data.first(kMaxPin), password);
}

Answer Application::reset_retry(const Command& command) {
  if (command.p1 != 0) return {StatusWord::WrongParameters};
  if (command.p2 != kPinReference) return {StatusWord::ReferenceNotFound};
  if (command.data.size() != 2 * kMaxPin) return {StatusWord::WrongData};
  const Bytes password = command.data.last(kMaxPin);
  if (!is_pin(password)) return {StatusWord::WrongData};
  return replace(&State::puk, &State::pin, command.data.first(kMaxPin), password);
}

Answer Application::set_retries(const Command& command) {
  if (holder_) return {StatusWord::FunctionUnsupported};
  if (!managed_ || !card_key_) return {StatusWord::SecurityStatus};
  if (command.p1 == 0 || command.p2 == 0 || !command.data.empty()) return {StatusWord::WrongData};
  State next = state_.clone();
  const auto start = [this](Reference& reference, std::uint8_t tries, std::string_view usual) {
    const auto work = static_cast<WorkFactor>(reference.wrapped.front());
    reference = {.tries = tries,
                 .most = tries,
                 .wrapped = wrap(card_key_->view(), padded(usual).view(), work)};
  };
  start(next.pin, command.p1, kDefaultPin);
  start(next.puk, command.p2, kDefaultPuk);
  return {commit(std::move(next)) ? StatusWord::Success : StatusWord::MemoryFailure};
}

}  // namespace vscard::cards::piv
