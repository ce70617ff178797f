#pragma once

#include "cards/faults/hit.hpp"
#include "cards/kind.hpp"
#include "cards/reader.hpp"
#include "protocol/secret.hpp"
#include "protocol/time.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace vscard::cards {

/// What a program gives to its cards.
struct OpenOptions {
  /// Lines for the user, called on the executor's thread.
  std::function<void(const std::string&)> tell;
  std::function<void(const std::string&)> warn;
  /// A fault has hit a card, of which tell() has been called already; or nothing.
  std::function<void(const std::string& card, const faults::Hit& hit)> on_fault = {};
  protocol::SecretBytes new_pin = {};  ///< of a card that is made; empty: the well-known one
  protocol::Duration apdu_timeout = protocol::vsc::kApduTimeout;  ///< of a card beyond a stream
  /// May the PINs go to or from another machine unencrypted?
  enum class Exposure { Refused, Allowed } exposure = Exposure::Refused;
};

/// Cards that were opened together, and what they share.
class CardSet {
 public:
  CardSet() = default;
  CardSet(const CardSet&) = delete;
  CardSet& operator=(const CardSet&) = delete;
  virtual ~CardSet() = default;

  /// One for each card, in their order. Valid as long as this object.
  virtual const std::vector<Reader*>& readers() const = 0;
  /// Call before the end. False: a library does not return, and this object can only be left to the
  /// end of the process.
  virtual bool stop() = 0;
};

/// Opens all cards of a process that share something, in one call: `specs` is not empty.
using Open = Result<std::unique_ptr<CardSet>> (*)(const asio::any_io_executor& executor,
                                                  std::span<const CardSpec> specs,
                                                  const OpenOptions& options);

/// A card as one of another kind, and what must be there until it is open.
struct Became {
  CardSpec spec;
  std::shared_ptr<void> until_open = {};  ///< shared: of any type
};
/// What a card is opened as, by what lies on this machine or by what the user asks for. Called for
/// each card before any is opened. Blocks for as long as it takes to make what it is made of.
using Become = Result<Became> (*)(const CardSpec& spec, const OpenOptions& options);

}  // namespace vscard::cards
