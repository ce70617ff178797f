#pragma once

#include "protocol/iso7816/blanking.hpp"

#include <string>
#include <string_view>

namespace vscard::program {

/// A message between a card and who uses it, as it passes.
struct TappedApdu {
  enum class What {
    Command,
    Response,  ///< to the command before
    NoAnswer,  ///< instead of one: the message is empty
  };
  std::string_view about;  ///< "card" or "reader", as in the events
  std::string_view name;   ///< … of that
  std::string_view by;     ///< who sent the command, for the user; empty: nobody knows
  What what = What::Command;
  const protocol::iso7816::BlankedApdu& message;
};

/// Sees what passes in a program, for as long as Watchers::add_tap() gives it that. It sees no
/// secret, and it must not block.
class ApduTap {
 public:
  ApduTap() = default;
  ApduTap(const ApduTap&) = delete;
  ApduTap& operator=(const ApduTap&) = delete;
  virtual ~ApduTap() = default;

  /// What is in `apdu` is valid for the call.
  virtual void see(const TappedApdu& apdu) = 0;
  /// An event of `ctl watch`, as its line, in the order in which all happened.
  virtual void hear(const std::string& /*event*/) {}
};

}  // namespace vscard::program
