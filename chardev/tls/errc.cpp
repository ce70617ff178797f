#include "chardev/tls/errc.hpp"

#include <string>

namespace vscard::chardev::tls {
namespace {

const char* text_of(Errc errc) {
  switch (errc) {
    case Errc::SpeaksPlain:
      return "this port does not speak TLS";
    case Errc::BrokenOff:
      return "the server broke off the TLS handshake";
  }
  return "unknown error";
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }
  std::string message(int value) const override { return text_of(static_cast<Errc>(value)); }
};

}  // namespace

const std::error_category& error_category() {
  static const Category category;
  return category;
}

}  // namespace vscard::chardev::tls
