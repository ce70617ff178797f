#pragma once

#include "async/awaitable.hpp"
#include "protocol/iso7816/apdu.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/message.hpp"

#include <expected>
#include <functional>
#include <string>
#include <variant>

namespace vscard::cards {

struct ReaderInfo {
  std::string name;                                                ///< UTF-8
  std::size_t max_command = protocol::iso7816::kMaxCommandApdu;    ///< bytes
  std::size_t max_response = protocol::iso7816::kMaxResponseApdu;  ///< bytes
  bool shared = false;    ///< other programs may use the card between two commands
  bool verbatim = false;  ///< it counts what it gets: nothing but what the host asks may come
};

enum class CardError {
  NoCard,  ///< it was removed, or was never there
  Failed,  ///< the card or its reader gave no answer
};

struct CardInserted {
  protocol::iso7816::Atr atr;
};
struct CardRemoved {};
/// Another program reset the card: what was verified is so no more.
struct CardReset {
  protocol::iso7816::Atr atr;
};
using protocol::vsc::PowerAction;
using CardEvent = std::variant<CardInserted, CardRemoved, CardReset>;

/// Anything that can be a card reader on the card's side. Used on one executor, on which its events
/// and answers come too; slow work happens elsewhere, and commands of one reader are done in order.
class Reader {
 public:
  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  virtual ~Reader() = default;

  virtual ReaderInfo info() const = 0;

  /// Calls `on_event` from now on, first for the card that is in. Once, before anything else.
  virtual void watch(std::function<void(const CardEvent&)> on_event) = 0;

  /// The response holds at least a status word.
  virtual Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes command) = 0;

  /// Nobody waits for the command that is under way. It may end early, and is answered all the
  /// same.
  virtual void stop_command() {}

  /// A command has been under way for a second or more: is its card known to be there and alive?
  virtual bool alive() const { return false; }

  /// The user is about to put the card back in: what it is made of may have changed. After the
  /// commands before.
  virtual Awaitable<void> renew() { co_return; }

  /// Down: until the next command or reset. After the commands before, and whatever the action is,
  /// the card's PINs are no longer verified; a kind that knows no more does the same for all.
  virtual Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset(PowerAction action) = 0;
};

}  // namespace vscard::cards
