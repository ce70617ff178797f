// The management key: GENERAL AUTHENTICATE with 9B (SP 800-73-4 part 2 §3.2.4, appendix A.1), and
// YubiKey's SET MANAGEMENT KEY.

#include "cards/piv/application.hpp"
#include "cards/piv/authentication_template.hpp"
#include "cards/piv/block_cipher.hpp"

#include <algorithm>
#include <utility>

namespace vscard::cards::piv {
namespace {

constexpr std::uint8_t kManagementReference = 0x9b;

Answer part(std::uint8_t tag, Bytes value) {
  return {StatusWord::Success, AuthenticationTemplate::with(tag, value)};
}

bool is_same(Bytes a, Bytes b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool asks_for(const std::optional<Bytes>& value) { return value && value->empty(); }

}  // namespace

Answer Application::authenticate_manager(const Command& command) {
  if (cipher_algorithm(command.p1) != state_.management.algorithm) {
    challenge_.reset();
    return {StatusWord::WrongParameters};
  }
  const auto parts = AuthenticationTemplate::parse(command.data);
  if (!parts || parts->exponentiation) {
    challenge_.reset();
    return {StatusWord::WrongData};
  }
  if (asks_for(parts->witness)) return witness();
  if (asks_for(parts->challenge)) return external_challenge();
  if (parts->witness && parts->challenge) return answer_witness(*parts->witness, *parts->challenge);
  if (parts->response && !parts->witness && !parts->challenge) {
    return check_response(*parts->response);
  }
  challenge_.reset();
  return {StatusWord::WrongData};
}

/// Mutual: the other side shows that it can decrypt.
Answer Application::witness() {
  SecretBytes expected = random_bytes(block_size(state_.management.algorithm));
  const SecretBytes shown = encrypt_block(state_.management, expected.view());
  challenge_ = Challenge{.kind = Challenge::Kind::Witness, .expected = std::move(expected)};
  return part(0x80, shown.view());
}

Answer Application::answer_witness(Bytes witness, Bytes challenge) {
  const auto pending = std::exchange(challenge_, std::nullopt);
  if (challenge.size() != block_size(state_.management.algorithm)) return {StatusWord::WrongData};
  if (!pending || pending->kind != Challenge::Kind::Witness) return {StatusWord::ConditionsNotMet};
  managed_ = is_same(pending->expected.view(), witness);
  if (!managed_) return {StatusWord::SecurityStatus};
  return part(0x82, encrypt_block(state_.management, challenge).view());
}

/// External: the other side shows that it can encrypt.
Answer Application::external_challenge() {
  const SecretBytes shown = random_bytes(block_size(state_.management.algorithm));
  challenge_ = Challenge{.kind = Challenge::Kind::External,
                         .expected = encrypt_block(state_.management, shown.view())};
  return part(0x81, shown.view());
}

Answer Application::check_response(Bytes response) {
  const auto pending = std::exchange(challenge_, std::nullopt);
  if (!pending || pending->kind != Challenge::Kind::External) return {StatusWord::ConditionsNotMet};
  managed_ = is_same(pending->expected.view(), response);
  return {managed_ ? StatusWord::Success : StatusWord::SecurityStatus};
}

/// Data: algorithm | 9B | size | key. P2 FE would ask for a touch.
Answer Application::set_management_key(const Command& command) {
  if (command.p1_p2() != 0xffff) return {StatusWord::WrongParameters};
  if (!managed_) return {StatusWord::SecurityStatus};
  protocol::ByteReader in(command.data);
  const auto algorithm = cipher_algorithm(in.u8());
  const std::uint8_t reference = in.u8();
  const Bytes key = in.bytes(in.u8());
  if (!in.ok_and_done() || !algorithm || reference != kManagementReference ||
      key.size() != size_of(*algorithm)) {
    return {StatusWord::WrongData};
  }
  State next = state_.clone();
  next.management = {.algorithm = *algorithm, .value = SecretBytes::copy_of(key)};
  return {commit(std::move(next)) ? StatusWord::Success : StatusWord::MemoryFailure};
}

}  // namespace vscard::cards::piv
