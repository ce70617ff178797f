#include "chardev/nats/errc.hpp"

#include <string>

namespace vscard::chardev::nats {
namespace {

const char* text_of(Errc errc) {
  switch (errc) {
    case Errc::BadMessage:
      return "it sent something that is not a message of a stream over NATS";
    case Errc::Lost:
      return "a message was lost on the way";
    case Errc::BeyondWindow:
      return "it sent more than it was allowed to";
    case Errc::Silent:
      return "nothing has come from it for too long";
    case Errc::NobodyThere:
      return "it has gone: nobody is at its subject";
    case Errc::ServerGone:
      return "the connection to the NATS server has ended";
  }
  return "unknown error";
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "nats"; }
  std::string message(int value) const override { return text_of(static_cast<Errc>(value)); }
};

}  // namespace

const std::error_category& error_category() {
  static const Category category;
  return category;
}

}  // namespace vscard::chardev::nats
