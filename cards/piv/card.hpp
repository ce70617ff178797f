#pragma once

#include "cards/piv/application.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace vscard::cards::piv {

/// T=0 and T=1: QEMU's stock reader has the first alone, and yubico-piv-tool takes the second
/// alone. Then in compact data objects (ISO 7816-4 §8.1.1): selection by name, chaining, "vscard".
/// Extended lengths are taken and not offered, as stock peers of VSC do not carry them.
protocol::iso7816::Atr atr();

/// A PIV card: its application behind what ISO 7816-4 puts between a card and its reader, chained
/// commands (§5.3.3) and answers in pieces (§5.3.4).
class Card {
 public:
  Card(State state, Store store, std::unique_ptr<KeyHolder> holder = nullptr)
      : application_(std::move(state), std::move(store), std::move(holder)) {}

  /// Any bytes. The response holds at least a status word.
  SecretBytes transmit(Bytes command);
  /// Does it take moments? Without a KeyHolder.
  static bool is_quick(Bytes command);
  /// As a loss of power.
  void reset();
  /// The card is another one from now on.
  void replace(State state) {
    reset();
    application_.replace(std::move(state));
  }

  const Application& application() const { return application_; }

 private:
  /// A command whose data has not ended.
  struct Chain {
    std::uint8_t ins, p1, p2;
    SecretBytes data;
  };

  SecretBytes run(const protocol::iso7816::CommandApdu& apdu);
  StatusWord extend_chain(const protocol::iso7816::CommandApdu& apdu);
  bool continues(const protocol::iso7816::CommandApdu& apdu) const;
  SecretBytes next_piece(std::size_t ne);

  Application application_;
  std::optional<Chain> chain_;
  SecretBytes rest_;  ///< of an answer, from next_ on
  std::size_t next_ = 0;
};

}  // namespace vscard::cards::piv
