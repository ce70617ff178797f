#pragma once

#include "protocol/failure.hpp"
#include "protocol/notice.hpp"

#include <string>
#include <vector>

namespace vscard::chardev {

/// A machine that was paired: its key is known and let in.
struct PairedPeer {
  std::string name;         ///< unique among those of a folder
  std::string fingerprint;  ///< of its key: "SHA256:…", base64
  std::string since;        ///< "2026-11-28T13:50:00Z"
  std::string last_seen;    ///< likewise: when it connected last, or was paired

  bool operator==(const PairedPeer&) const = default;
};

/// What a listener that pairs lets its user do. To be used on the listener's executor.
class Pairing {
 public:
  Pairing() = default;
  Pairing(const Pairing&) = delete;
  Pairing& operator=(const Pairing&) = delete;
  virtual ~Pairing() = default;

  /// From now on `notify` is told who was paired, and shown a code while nobody is.
  virtual void start(Notify notify) = 0;
  /// A new code for one more peer, in a line that says what to do with it. The code before is void.
  virtual std::string open_code() = 0;
  /// Those that are let in. The error is a line for the user, as all here.
  virtual Result<std::vector<PairedPeer>> peers() const = 0;
  /// The peer is not let in again, and its connections end.
  virtual Result<> unpair(const std::string& name) = 0;
};

}  // namespace vscard::chardev
