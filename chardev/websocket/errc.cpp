#include "chardev/websocket/errc.hpp"

#include <string>

namespace vscard::chardev::websocket {
namespace {

std::string text_of(Errc errc) {
  switch (errc) {
    case Errc::NotHttp:
      return "does not speak HTTP, so it asks for no WebSocket";
    case Errc::NoAnswer:
      return "did not finish its WebSocket request in time";
    case Errc::LongRequest:
      return "sent a WebSocket request that is too long";
    case Errc::NotAskedFor:
      return "sent an HTTP request that asks for no WebSocket";
    case Errc::WrongPath:
      return "asked for another path than that of the address";
    case Errc::WrongOrigin:
      return "is a web page of another origin; allow it with origin=URL";
    case Errc::WrongSubprotocol:
      return "asked for other subprotocols than 'binary'";
    case Errc::Text:
      return "sent a text message where binary messages are expected";
  }
  return "closed the WebSocket with code " + std::to_string(static_cast<int>(errc));
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "websocket"; }
  std::string message(int value) const override { return text_of(static_cast<Errc>(value)); }
};

}  // namespace

const std::error_category& error_category() {
  static const Category category;
  return category;
}

}  // namespace vscard::chardev::websocket
