#include "chardev/websocket/errc.hpp"

#include <string>

namespace vscard::chardev::websocket {
namespace {

std::string text_of(Errc errc) {
  switch (errc) {
    case Errc::Text:
      return "it sent a text message, where binary ones are expected";
  }
  return "it closed the WebSocket with code " + std::to_string(static_cast<int>(errc));
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
