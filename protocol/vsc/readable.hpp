#pragma once

#include "protocol/bytes.hpp"

namespace vscard::protocol::vsc {

/// Which commands of a conversation only read: they change nothing on the card but which bytes GET
/// RESPONSE gets next, and are answered alike until another command comes. Those of ISO 7816-4, and
/// of a CAC while one of its applications is selected.
class Readable {
 public:
  /// To be asked for each command of a card, in order.
  bool operator()(Bytes bytes);

 private:
  bool cac_ = false;  ///< an application of a CAC is selected
};

}  // namespace vscard::protocol::vsc
