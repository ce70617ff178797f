#pragma once

#include "protocol/vsc/resumption.hpp"
#include "tests/fakes/hex.hpp"

#include <string>
#include <utility>
#include <vector>

/// What both ends of a conversation that is resumed say. Secrets and names are made of a number.
namespace vscard::protocol::vsc::test {

inline Resumption::Random random_of(std::uint8_t seed) {
  Resumption::Random random;
  random.secret.fill(seed);
  random.session.fill(seed);
  return random;
}

inline Message with(Body body) { return {kUndefinedReader, std::move(body)}; }
inline Message init() { return {ReaderId{0}, Init{.capabilities = kExtension}}; }
inline Message hello(ResumeOffer offer) {
  return with(ExtHello{.max_apdu = kMaxPayload, .resume = offer});
}
inline Message numbered(std::uint8_t number) {
  return {ReaderId{0}, Apdu{SecretBytes::copy_of(std::vector<std::uint8_t>{number, 0})}};
}

inline Message proof(std::uint8_t seed, std::uint32_t received = 0) {
  return with(Resume{ResumeProof{random_of(seed).secret, received}});
}

inline std::string text(const Message& message) {
  if (const auto* apdu = std::get_if<Apdu>(&message.body)) return fakes::to_hex(apdu->bytes.view());
  if (const auto* received = std::get_if<Received>(&message.body)) {
    return "Received " + std::to_string(received->count);
  }
  if (const auto* resume = std::get_if<Resume>(&message.body)) {
    if (!resume->proof) return "Resume";
    return "Resume " + std::to_string(resume->proof->secret[0]) + " " +
           std::to_string(resume->proof->received);
  }
  if (const auto* hello = std::get_if<ExtHello>(&message.body);
      hello != nullptr && hello->resume.earlier) {
    return "ExtHello for " + std::to_string(hello->resume.earlier->session[0]) + " " +
           std::to_string(hello->resume.earlier->received);
  }
  return name_of(message);
}

}  // namespace vscard::protocol::vsc::test
