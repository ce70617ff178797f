#include "cards/piv/application.hpp"

#include "cards/piv/version.hpp"

#include <utility>

namespace vscard::cards::piv {

Application::Application(State state, Store store, std::unique_ptr<KeyHolder> holder)
    : state_(std::move(state)), store_(std::move(store)), holder_(std::move(holder)) {}

void Application::reset() {
  log_out();
  managed_ = false;
  challenge_.reset();
}

/// Keys without a PIN may stay: anybody has them.
void Application::replace(State state) {
  reset();
  state_ = std::move(state);
  loaded_.clear();
}

void Application::log_out() {
  if (holder_ && card_key_) holder_->log_out();
  card_key_.reset();
  fresh_ = false;
  std::erase_if(loaded_, [this](const auto& it) {
    const auto key = state_.keys.find(it.first);
    return key == state_.keys.end() || key->second.policy != PinPolicy::Never;
  });
}

bool Application::commit(State next) {
  if (!store_(encode(next).view())) return false;
  state_ = std::move(next);
  return true;
}

Answer Application::run(const Command& command) {
  try {
    return dispatch(command);
  } catch (const CryptoError&) {
    return {StatusWord::Unspecified};
  }
}

bool Application::is_quick(const Command& command) {
  switch (command.ins) {
    case 0x87:
      return cipher_algorithm(command.p1) || pair_algorithm(command.p1) == Algorithm::EccP256;
    case 0x20:
    case 0x24:
    case 0x2c:
    case 0x47:
    case 0xdb:
    case 0xf9:
    case 0xfa:
    case 0xfb:
    case 0xfe:
    case 0xff:
      return false;
    case 0xf7:
      return command.p2 != 0x80 && command.p2 != 0x81;
    default:
      return true;
  }
}

Answer Application::dispatch(const Command& command) {
  switch (command.ins) {
    case 0x20:
      return verify(command);
    case 0x24:
      return change_reference(command);
    case 0x2c:
      return reset_retry(command);
    case 0x47:
      return generate_pair(command);
    case 0x87:
      return general_authenticate(command);
    case 0xa4:
      return select(command);
    case 0xcb:
      return get_data(command);
    case 0xdb:
      return put_data(command);
    // YubiKey's
    case 0xf7:
      return metadata(command);
    case 0xf8:
      return serial();
    case 0xf9:
      return attest(command);
    case 0xfa:
      return set_retries(command);
    case 0xfb:
      return start_over(command);
    case 0xfd:
      return {StatusWord::Success, SecretBytes::copy_of(kVersion)};
    case 0xfe:
      return import_key(command);
    case 0xff:
      return set_management_key(command);
    default:
      return {StatusWord::UnknownInstruction};
  }
}

}  // namespace vscard::cards::piv
