#pragma once

#include "protocol/vsc/peer_limits.hpp"

#include <functional>
#include <map>
#include <string>

namespace vscard::chardev::spicevmc {

/// The connections that the library was given, by their descriptors, which it closes when it likes.
/// It limits neither their number nor how long one may take to say what it wants.
class Connections {
 public:
  /// `open` says whether a descriptor that was added is still the same connection.
  explicit Connections(std::function<bool(int)> open) : open_(std::move(open)) {}

  /// Is there room for one more? Those that have ended make it; else the one that has waited
  /// longest to be admitted is cut.
  bool make_room();
  /// The peer has until `deadline` to be admitted to a channel.
  void add(int descriptor, std::string remote, protocol::Time deadline);
  /// It was: it may stay.
  void admitted(int descriptor);

  void cut_late(protocol::Time now);
  /// When cut_late() has something to do; Time::max(): never, as it is now.
  protocol::Time next_deadline() const;
  void cut(int descriptor) const;
  void cut_all() const;
  /// Whose it is, for log lines; empty: it was not added.
  std::string remote(int descriptor) const;

 private:
  struct Connection {
    std::string remote;
    protocol::Time deadline;  ///< Time::max(): it may stay, or is cut
  };
  std::function<bool(int)> open_;
  std::map<int, Connection> all_;
};

}  // namespace vscard::chardev::spicevmc
