#pragma once

#include "chardev/spice/link_message.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vscard::chardev::spicevmc {

/// Follows what a SPICE client says on a connection, without I/O, before the library hears it,
/// which checks sizes less than a listener between machines has to.
///
///     "REDQ" major minor size | session type id capabilities …
///     mechanism ticket
///     type size | body …
///     type size | body …
///
/// Numbers are little endian. Clients from before 2011, which begin otherwise, are refused.
class ClientGuard {
 public:
  /// False, and so from then on: the library must not hear this.
  bool pass(spice::Bytes bytes);

 private:
  // Each is left when its piece is complete.
  enum class State {
    LinkHeader,
    LinkRequest,
    Login,
    MessageHeader,
    MessageBody,  ///< not looked at
    Refused,      ///< to the end
  };
  struct Step {
    State state;
    std::size_t size = 0;  ///< bytes of its piece
  };

  Step after(spice::Bytes piece);
  static Step after_link_header(spice::Bytes header);
  Step after_link_request(spice::Bytes request);
  static Step after_login(spice::Bytes login);
  Step after_message_header(spice::Bytes header) const;

  Step step_{.state = State::LinkHeader, .size = spice::kMagicSize + spice::kLinkHeaderRest};
  std::vector<std::uint8_t> piece_;  ///< what has come of it, where it is looked at
  std::size_t skipped_ = 0;          ///< bytes of a body
  spice::ChannelType channel_{};
};

}  // namespace vscard::chardev::spicevmc
