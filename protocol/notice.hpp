#pragma once

#include <functional>
#include <string>

namespace vscard::protocol {

/// A line for the user about what happens while all goes on: a remote that comes or goes, a try
/// that failed and is repeated. What ends something is a Failure.
struct Notice {
  enum class Severity { Info, Warning };
  Severity severity = Severity::Info;
  std::string text;
  /// A part of the text that the user is to carry to another machine: a terminal may show it as a
  /// QR code, too, and a log of few lines has this one. Empty: there is none.
  std::string code = {};
  bool operator==(const Notice&) const = default;
};

using Notify = std::function<void(const Notice&)>;

}  // namespace vscard::protocol

namespace vscard {

using protocol::Notice;
using protocol::Notify;

}  // namespace vscard
