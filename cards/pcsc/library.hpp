#pragma once

#include "cards/response_buffer.hpp"
#include "protocol/failure.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// PC/SC as pcsc-lite has it: each of the library's calls that are needed here, with its failure as
/// a value. All of them block. Calls with one Context wait for each other in the library, so each
/// thread has its own; and one thread alone asks for readers().
namespace vscard::cards::pcsc {

/// Why a call failed, as far as callers do different things.
enum class Cause {
  NoService,  ///< pcscd is not there, or no more: the Context is of no use
  Denied,     ///< by polkit
  NoCard,     ///< no card, no reader, or not the card that was connected to
  CardReset,  ///< by another program: reconnect()
  InUse,      ///< exclusively by another program, or shared where exclusive use was asked for
  Cancelled,
  OutOfStep,  ///< the library has lost step with pcscd, or a reader has gone: begin a Context anew
  Failed,
};

struct Error {
  Cause cause = Cause::Failed;
  std::string text;  ///< PC/SC's own
};
template <class T>
using Answer = std::expected<T, Error>;

/// What failed and what to do about it, for the user.
std::string explain(const Error& error);

struct ReaderState {
  enum class Use : std::uint8_t { Free, Shared, Exclusive };

  std::string name;
  std::optional<protocol::iso7816::Atr> atr;  ///< of a card that is in and answers
  bool mute = false;                          ///< a card is in and does not answer
  Use use = Use::Free;
  unsigned long word = 0;  ///< as PC/SC writes it

  friend bool operator==(const ReaderState&, const ReaderState&) = default;
  /// Another number: another card, or the same one again.
  std::uint16_t insertion() const { return static_cast<std::uint16_t>(word >> 16); }
};
using ReaderStates = std::vector<ReaderState>;

/// A connection to pcscd.
class Context {
 public:
  static Answer<Context> establish();
  Context(Context&& other) noexcept
      : handle_(std::exchange(other.handle_, 0)), list_(other.list_) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  Context& operator=(Context&&) = delete;
  ~Context();

  /// In PC/SC's order. OutOfStep: a reader went meanwhile; another Context sees those that are
  /// left.
  Answer<ReaderStates> readers();
  /// Until readers() may differ from these, which it gave last: a second at most.
  Answer<void> wait_for_change(const ReaderStates& known) const;
  /// Ends a wait_for_change() on another thread, if one is under way.
  void cancel() const;

 private:
  friend class Connection;
  explicit Context(long handle) : handle_(handle) {}
  Answer<void> note_list();
  Answer<std::vector<std::string>> reader_names() const;

  long handle_;             ///< SCARDCONTEXT, or 0
  unsigned long list_ = 0;  ///< what PC/SC wrote of the list of readers, before readers() read it
};

/// The readers, by a connection of its own. A failure is a line for the user.
Result<ReaderStates> list_readers();

enum class Share : std::uint8_t { Shared, Exclusive };

/// A connection to a card. Its end leaves the card as it is.
class Connection {
 public:
  /// While another program has a transaction, this waits for the end of it. `context` outlives the
  /// connection.
  static Answer<Connection> open(const Context& context, const std::string& reader, Share share);
  Connection(Connection&& other) noexcept;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  /// From then on other programs have to wait. Waits itself while another one has a transaction.
  Answer<void> begin_transaction() const;
  void end_transaction() const;

  /// The response holds at least a status word; it passes through the buffer.
  Answer<protocol::SecretBytes> transmit(protocol::Bytes command, ResponseBuffer& buffer) const;

  enum class Card { AsItIs, Reset, PoweredAnew };
  /// Makes the connection good again after a reset, another program's or the one it does itself.
  Answer<void> reconnect(Card card);
  /// Nothing when the reader's driver does not tell.
  std::optional<protocol::iso7816::Atr> atr() const;

 private:
  Connection(long handle, Share share, unsigned long protocol)
      : handle_(handle), share_(share), protocol_(protocol) {}

  long handle_;  ///< SCARDHANDLE, or 0
  Share share_;
  unsigned long protocol_;
};

}  // namespace vscard::cards::pcsc
