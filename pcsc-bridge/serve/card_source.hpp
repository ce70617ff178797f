#pragma once

#include "pcsc-bridge/pcsc/readers.hpp"
#include "protocol/errc.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/message.hpp"

#include <expected>
#include <optional>
#include <string>

namespace vscard::pcsc_bridge::serve {

/// What becomes of the cards of readers.
class CardEvents {
 public:
  CardEvents() = default;
  CardEvents(const CardEvents&) = delete;
  CardEvents& operator=(const CardEvents&) = delete;
  virtual ~CardEvents() = default;

  /// Again for a card that is in already: it was reset. `max_command`: bytes that it takes.
  virtual void inserted(pcsc::ReaderId reader, const protocol::iso7816::Atr& atr,
                        std::size_t max_command) = 0;
  virtual void removed(pcsc::ReaderId reader) = 0;
  virtual void responded(pcsc::ReaderId reader,
                         std::expected<protocol::SecretBytes, protocol::Errc> answer) = 0;
  /// Every program has seen every change so far.
  virtual bool seen() const = 0;
};

/// Where the card of a reader of the service is: beyond VSC, or in this process. What becomes of it
/// goes to the service's CardEvents.
class CardSource {
 public:
  CardSource() = default;
  CardSource(const CardSource&) = delete;
  CardSource& operator=(const CardSource&) = delete;
  virtual ~CardSource() = default;

  /// Where its card comes from, for the user.
  virtual std::string address() const = 0;
  /// Who has the card.
  virtual std::optional<std::string> remote() const = 0;

  /// One at a time, unless abort() came between. Answered in every case.
  virtual void transmit(protocol::SecretBytes command) = 0;
  /// The answer is not wanted any more.
  virtual void abort() = 0;
  /// Before the next command, if there can be that.
  virtual void power(protocol::vsc::PowerAction action) = 0;
  /// CardEvents::seen() may have become true.
  virtual void look() = 0;
  /// The reader is gone: nothing goes to the service any more.
  virtual void close() = 0;
};

}  // namespace vscard::pcsc_bridge::serve
