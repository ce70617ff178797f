#pragma once

#include "chardev/spice/client.hpp"

namespace vscard::chardev::spice::smartcard {

/// The card channel of a virtual machine, or of a server of ours.
Service card_service();
/// The port to the reader of a server of ours, which has none of the card channel's limits.
Service reader_service();

}  // namespace vscard::chardev::spice::smartcard
