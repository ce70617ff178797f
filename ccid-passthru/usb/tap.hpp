#pragma once

#include "ccid-passthru/ccid/reader.hpp"
#include "ccid-passthru/usb/request.hpp"
#include "protocol/bytes.hpp"

namespace vscard::ccid_passthru::usb {

/// Sees what passes between a guest and its device, with all secrets that are in it. Messages are
/// whole, however the carrier cuts them; one to the guest is seen when it is there to be read. The
/// views are valid during the call.
class Tap {
 public:
  Tap() = default;
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;
  virtual ~Tap() = default;

  /// A control request and its outcome.
  virtual void see_control(const Setup& setup, Status status, protocol::Bytes data) = 0;
  /// CCID messages.
  virtual void see_command(protocol::Bytes message) = 0;
  virtual void see_reply(protocol::Bytes message) = 0;
  virtual void see_notification(const ccid::Notification& notification) = 0;
};

}  // namespace vscard::ccid_passthru::usb
