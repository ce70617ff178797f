#include "cards/piv/card.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace vscard::cards::piv {
namespace {

using protocol::iso7816::Atr;
using protocol::iso7816::CommandApdu;
using protocol::iso7816::kMaxShortNe;
using protocol::iso7816::ResponseApdu;
using protocol::iso7816::status_bytes;

constexpr std::uint8_t kChained = 0x10;  ///< bit of CLA, ISO 7816-4 §5.4.1
constexpr std::uint8_t kChannel = 0x03;  ///< bits of CLA
constexpr std::uint8_t kGetResponse = 0xc0;
constexpr std::size_t kMaxChain = std::size_t{20}
                                  << 10;  ///< bytes: an object and what is around it

SecretBytes only(StatusWord status) { return SecretBytes::copy_of(status_bytes(status)); }

}  // namespace

Atr atr() {
  std::array<std::uint8_t, 17> bytes{0x3b, 0x8c, 0x80, 0x01,        // TS T0 TD1 TD2
                                     0x80, 0x73, 0xc0, 0x21, 0x80,  // capabilities
                                     0x56, 'v',  's',  'c',  'a',  'r', 'd'};
  for (const std::uint8_t byte : std::span(bytes).subspan(1, bytes.size() - 2)) {
    bytes.back() ^= byte;
  }
  return Atr::parse(bytes).value();
}

void Card::reset() {
  application_.reset();
  chain_.reset();
  rest_ = {};
  next_ = 0;
}

SecretBytes Card::transmit(Bytes command) {
  const auto apdu = CommandApdu::parse(command);
  if (!apdu) return only(StatusWord::WrongLength);
  if ((apdu->cla & ~(kChained | kChannel)) != 0) return only(StatusWord::UnknownClass);
  if ((apdu->cla & kChannel) != 0) return only(StatusWord::ChannelUnsupported);
  if (apdu->ins == kGetResponse) return next_piece(apdu->ne);
  rest_ = {};
  if ((apdu->cla & kChained) != 0) return only(extend_chain(*apdu));
  return run(*apdu);
}

/// A part of a chain is only kept.
bool Card::is_quick(Bytes command) {
  const auto apdu = CommandApdu::parse(command);
  if (!apdu || (apdu->cla & kChained) != 0 || apdu->ins == kGetResponse) return true;
  return Application::is_quick(
      {.ins = apdu->ins, .p1 = apdu->p1, .p2 = apdu->p2, .data = apdu->data});
}

bool Card::continues(const CommandApdu& apdu) const {
  return chain_ && chain_->ins == apdu.ins && chain_->p1 == apdu.p1 && chain_->p2 == apdu.p2;
}

/// Another command ends a chain, and begins its own.
StatusWord Card::extend_chain(const CommandApdu& apdu) {
  if (!continues(apdu)) {
    chain_ = Chain{.ins = apdu.ins,
                   .p1 = apdu.p1,
                   .p2 = apdu.p2,
                   .data = SecretBytes::with_capacity(kMaxChain)};
  }
  if (chain_->data.size() + apdu.data.size() > kMaxChain) {
    chain_.reset();
    return StatusWord::NoMemory;
  }
  chain_->data.append(apdu.data);
  return StatusWord::Success;
}

SecretBytes Card::run(const CommandApdu& apdu) {
  Command command{.ins = apdu.ins, .p1 = apdu.p1, .p2 = apdu.p2, .data = apdu.data};
  std::optional<Chain> whole;
  if (continues(apdu)) {
    if (const auto last = extend_chain(apdu); last != StatusWord::Success) return only(last);
    whole = std::exchange(chain_, std::nullopt);
    command.data = whole->data.view();
  }
  chain_.reset();
  Answer answer = application_.run(command);
  if (answer.status != StatusWord::Success || answer.data.empty()) return only(answer.status);
  rest_ = std::move(answer.data);
  next_ = 0;
  return next_piece(apdu.ne);
}

/// Without Le as much as a short one could ask for.
SecretBytes Card::next_piece(std::size_t ne) {
  if (rest_.empty()) return only(StatusWord::ConditionsNotMet);
  const std::size_t size = std::min(ne == 0 ? kMaxShortNe : ne, rest_.size() - next_);
  const Bytes piece = rest_.view().subspan(next_, size);
  next_ += size;
  const std::size_t left = rest_.size() - next_;
  const auto more = static_cast<StatusWord>(static_cast<std::size_t>(StatusWord::MoreData) |
                                            (left > 0xff ? 0 : left));
  const ResponseApdu response{.data = piece, .status = left == 0 ? StatusWord::Success : more};
  SecretBytes bytes = response.encode();
  if (left == 0) rest_ = {};
  return bytes;
}

}  // namespace vscard::cards::piv
