#pragma once

#include "pcsc-bridge/pcsc/readers.hpp"
#include "pcsc-bridge/reader/patient_link.hpp"
#include "program/apdu_trail.hpp"
#include "protocol/errc.hpp"

#include <expected>
#include <optional>

namespace vscard::pcsc_bridge::serve {

/// What becomes of the cards of readers.
class CardEvents {
 public:
  CardEvents() = default;
  CardEvents(const CardEvents&) = delete;
  CardEvents& operator=(const CardEvents&) = delete;
  virtual ~CardEvents() = default;

  /// `max_command`: bytes that the card's client takes.
  virtual void inserted(pcsc::ReaderId reader, const protocol::iso7816::Atr& atr,
                        std::size_t max_command) = 0;
  virtual void removed(pcsc::ReaderId reader) = 0;
  virtual void responded(pcsc::ReaderId reader,
                         std::expected<protocol::SecretBytes, protocol::Errc> answer) = 0;
  /// Every program has seen every change so far.
  virtual bool seen() const = 0;
};

/// A reader of the service, whose card comes over VSC.
class HostReader final : private session::ReaderSide {
 public:
  /// `events` outlives it. `notify` gets lines for the log, `trail` what passes.
  HostReader(const asio::any_io_executor& executor, pcsc::ReaderId id,
             const session::VscLinkOptions& options, CardEvents& events, Notify notify,
             program::ApduTrail trail);

  // As PatientLink.
  Result<> open() { return link_.open(); }
  Awaitable<void> run() { return link_.run(); }
  void close() { link_.close(); }
  std::string address() { return link_.client().address(); }
  std::optional<std::string> remote() { return link_.client().remote(); }

  /// One at a time, unless abort() came between.
  void transmit(protocol::SecretBytes command);
  /// The answer is not wanted any more.
  void abort();
  /// Before the next command, if the client can do that.
  void power(protocol::vsc::PowerAction action);
  /// CardEvents::seen() may have become true.
  void look() { link_.client().look(); }

 private:
  void perform(protocol::vsc::VscHost::Action action) override;
  bool settled() const override { return events_.seen(); }

  pcsc::ReaderId id_;
  CardEvents& events_;
  program::ApduTrail trail_;
  reader::PatientLink link_;
  std::optional<protocol::vsc::ReaderId> reader_;  ///< of the client's
};

}  // namespace vscard::pcsc_bridge::serve
