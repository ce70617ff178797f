#pragma once

#include "inspect/seen.hpp"
#include "protocol/iso7816/names/interpreter.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace vscard::inspect {

/// Makes the lines of a page: JSON objects like the events of `ctl watch`, with the bytes of APDUs,
/// blank where there was a secret, and what they mean.
///
///     {"event":"apdu","time":1764000000.000001,"card":"soft","by":"tcp://127.0.0.1:2001",
///      "command":"00cb3fff055c035fc10500","name":"GET DATA","object":"certificate 9a,
///      authentication"}
///     {"event":"apdu","time":…,"card":"soft","command":"0020008000000000",
///      "blank":{"from":4,"bytes":4},"name":"VERIFY","object":"PIN"}
///     {"event":"apdu","time":…,"card":"soft","response":"5382…9000","status":"success"}
///     {"event":"apdu","time":…,"card":"soft","response":null}
class Narrator {
 public:
  std::string line(const Seen& seen);

 private:
  static constexpr std::size_t kMaxNames = 1024;  ///< of cards or readers; more begin anew
  std::string line_of(const SeenApdu& apdu);

  std::map<std::string, protocol::iso7816::names::Interpreter, std::less<>> interpreters_;
};

}  // namespace vscard::inspect
