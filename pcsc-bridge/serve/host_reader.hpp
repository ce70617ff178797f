#pragma once

#include "pcsc-bridge/reader/patient_link.hpp"
#include "pcsc-bridge/serve/card_source.hpp"
#include "program/apdu_trail.hpp"

#include <optional>

namespace vscard::pcsc_bridge::serve {

/// A reader of the service, whose card comes over VSC.
class HostReader final : public CardSource, private session::ReaderSide {
 public:
  /// `events` outlives it. `notify` gets lines for the log, `trail` what passes.
  HostReader(const asio::any_io_executor& executor, pcsc::ReaderId id,
             const session::VscLinkOptions& options, CardEvents& events, Notify notify,
             program::ApduTrail trail);

  // As PatientLink.
  Result<> open() { return link_.open(); }
  Awaitable<void> run() { return link_.run(); }

  std::string address() const override { return link_.client().address(); }
  std::optional<std::string> remote() const override { return link_.client().remote(); }
  void transmit(protocol::SecretBytes command) override;
  void abort() override;
  void power(protocol::vsc::PowerAction action) override;
  void look() override { link_.client().look(); }
  void close() override { link_.close(); }

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
