#pragma once

#include "async/awaitable.hpp"
#include "chardev/lending.hpp"
#include "chardev/pairing.hpp"
#include "protocol/failure.hpp"
#include "protocol/iso7816/atr.hpp"
#include "protocol/secret.hpp"
#include "protocol/vsc/message.hpp"
#include "protocol/vsc/read_ahead.hpp"

#include <optional>
#include <string>

namespace vscard::session {

/// A link over which cards are used, whatever it speaks: what its owner tells it about them. What
/// it wants in return goes to a CardSide. To be used on one executor.
class CardHosts {
 public:
  CardHosts() = default;
  CardHosts(const CardHosts&) = delete;
  CardHosts& operator=(const CardHosts&) = delete;
  virtual ~CardHosts() = default;

  /// Listens, if that is what the endpoint says. The error is a line for the user.
  virtual Result<> open() = 0;
  /// Serves hosts until leave(), or until it makes no sense to go on; the failure says why.
  virtual Awaitable<Result<>> run() = 0;
  /// Takes cards and readers from the host, then ends run().
  virtual void leave() = 0;

  /// Where it listens, with the port that was chosen; else the address that it connects to.
  virtual std::string address() const = 0;
  /// Do the hosts come, or are they connected to?
  virtual bool listens() const = 0;
  /// The host that is served now.
  virtual std::optional<std::string> remote() const = 0;
  /// To the host and back, if that is known.
  virtual std::optional<protocol::Duration> round_trip() const { return std::nullopt; }
  /// Of its listener, if that pairs.
  virtual chardev::Pairing* pairing() const = 0;
  /// … if that lends.
  virtual chardev::Lending* lending() const { return nullptr; }

  // See VscClient.
  virtual void add_reader(protocol::vsc::ReaderId reader, std::string name,
                          protocol::vsc::AheadPolicy ahead) = 0;
  virtual void insert_card(protocol::vsc::ReaderId reader, const protocol::iso7816::Atr& atr) = 0;
  virtual void reset_card(protocol::vsc::ReaderId reader, const protocol::iso7816::Atr& atr) = 0;
  virtual void remove_card(protocol::vsc::ReaderId reader) = 0;
  virtual void respond(protocol::vsc::ReaderId reader, protocol::SecretBytes response) = 0;
  virtual void no_answer(protocol::vsc::ReaderId reader) = 0;
  /// What has no such message knows a fixed limit only.
  virtual void works(protocol::vsc::ReaderId /*reader*/) {}
  virtual bool settled(protocol::vsc::ReaderId reader) const = 0;
};

}  // namespace vscard::session
