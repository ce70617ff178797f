#include "protocol/errc.hpp"

#include <string>

namespace vscard::protocol {
namespace {

const char* text(Errc errc) {
  switch (errc) {
    case Errc::PayloadTooLong:
      return "the peer announced a message longer than any smart card message";
    case Errc::BadLength:
      return "the peer sent a message of the wrong length";
    case Errc::BadExtension:
      return "the peer does not keep to VSC's extension (its ExtHello, Power or Ahead is not "
             "valid)";
    case Errc::BadMagic:
      return "the peer does not speak VSC (its first message lacks the magic)";
    case Errc::SpeaksTls:
      return "the peer speaks TLS: use a tls:// address here, or none there";
    case Errc::UnexpectedMessage:
      return "the peer sent a message that is not allowed here";
    case Errc::NoAnswer:
      return "the peer does not answer";
    case Errc::Silent:
      return "nothing comes from the peer any more (keepalive= says after what time)";
    case Errc::TooManyCommands:
      return "the peer sends commands without waiting for their answers";
    case Errc::ReaderRefused:
      return "the host refuses the reader";
    case Errc::LinkLost:
      return "the connection was lost";
    case Errc::NoCard:
      return "no card in the reader";
    case Errc::CardFailed:
      return "the card did not answer";
    case Errc::BadApdu:
      return "malformed command APDU";
    case Errc::BadAtr:
      return "malformed ATR";
  }
  return "unknown error";
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "vscard"; }
  std::string message(int value) const override { return text(static_cast<Errc>(value)); }
};

}  // namespace

const std::error_category& error_category() {
  static const Category category;
  return category;
}

}  // namespace vscard::protocol
