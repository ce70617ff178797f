#pragma once

#include "capture/capture.hpp"
#include "program/apdu_tap.hpp"

#include <map>
#include <string>

namespace vscard::capture {

/// Brings the APDUs of a program into a capture: an interface for each card or reader, by its name.
class ApduCapture final : public program::ApduTap {
 public:
  /// Names at a time; with one more all begin anew. Readers come and go.
  static constexpr std::size_t kMaxNames = 256;

  /// `capture` outlives it.
  explicit ApduCapture(Capture& capture) : capture_(capture) {}

  void see(const program::TappedApdu& apdu) override;

 private:
  InterfaceId interface_of(std::string_view name);

  Capture& capture_;
  std::map<std::string, InterfaceId, std::less<>> interfaces_;
};

}  // namespace vscard::capture
