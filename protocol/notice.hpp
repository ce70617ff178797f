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
  bool operator==(const Notice&) const = default;
};

using Notify = std::function<void(const Notice&)>;

}  // namespace vscard::protocol

namespace vscard {

using protocol::Notice;
using protocol::Notify;

}  // namespace vscard
