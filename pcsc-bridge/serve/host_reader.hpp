#pragma once

#include "pcsc-bridge/serve/card_source.hpp"
#include "program/apdu_trail.hpp"
#include "protocol/notice.hpp"
#include "protocol/vsc/host.hpp"
#include "session/host_link.hpp"

#include <functional>
#include <optional>

namespace vscard::pcsc_bridge::serve {

/// A reader of the service, whose card comes over VSC: one of a client's, which may have several on
/// its connection.
class HostReader final : public CardSource {
 public:
  /// `link` outlives it; `number` is what that calls the reader. `closing` is called when the
  /// service has lost the reader.
  HostReader(session::HostLink& link, protocol::vsc::ReaderId number,
             std::function<void()> closing = {});

  /// From now on what becomes of the card goes to `events`, which outlive the reader. `notify` gets
  /// lines for the log, `trail` what passes.
  void plug_into(pcsc::ReaderId id, CardEvents& events, Notify notify, program::ApduTrail trail);
  /// In the service; nothing: it has lost it, or never had it.
  std::optional<pcsc::ReaderId> id() const;
  /// What the link says of this reader.
  void perform(protocol::vsc::VscHost::Action action);

  std::string address() const override { return link_.address(); }
  std::optional<std::string> remote() const override { return link_.remote(); }
  void transmit(protocol::SecretBytes command) override;
  void abort() override { link_.abort(number_); }
  void power(protocol::vsc::PowerAction action) override { link_.power(number_, action); }
  void look() override { link_.look(); }
  void close() override;

 private:
  struct Plugged {
    pcsc::ReaderId id;
    CardEvents* events = nullptr;
    Notify notify;
    program::ApduTrail trail;
  };
  void report(Notice::Severity severity, const std::string& text) const;

  session::HostLink& link_;
  protocol::vsc::ReaderId number_;
  std::function<void()> closing_;
  std::optional<Plugged> plugged_;
};

}  // namespace vscard::pcsc_bridge::serve
