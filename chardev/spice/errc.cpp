#include "chardev/spice/errc.hpp"

#include <string>

namespace vscard::chardev::spice {
namespace {

const char* text_of(Errc errc) {
  switch (errc) {
    case Errc::NotSpice:
      return "this is not a SPICE server";
    case Errc::SpeaksTls:
      return "this port speaks TLS: use spice+tls://";
    case Errc::SpeaksPlain:
      return "this port does not speak TLS: use the server's TLS port, or spice://";
    case Errc::AnotherVersion:
      return "the server speaks a version of SPICE that is not supported";
    case Errc::BadMessage:
      return "the server sent something that is not SPICE";
    case Errc::WrongPassword:
      return "the password is wrong or has expired";
    case Errc::NeedsPassword:
      return "the server asks for a password: add password-file=FILE or password-fd=N";
    case Errc::NeedsSasl:
      return "the server requires SASL authentication, which is not supported";
    case Errc::NeedsTls:
      return "the server wants TLS: use spice+tls:// and its TLS port";
    case Errc::NeedsPlain:
      return "the server does not want TLS for this channel: use spice:// and its plain port";
    case Errc::NoSuchChannel:
      return "the virtual machine has no such channel";
    case Errc::AnotherPort:
      return "the port has another name";
    case Errc::Taken:
      return "another SPICE client has the channel";
    case Errc::Refused:
      return "the server refuses the connection";
    case Errc::HungUp:
      return "the server closed the connection without an answer; a plain port wants spice://, a "
             "TLS "
             "port spice+tls://";
    case Errc::SessionGone:
      return "another SPICE client took over";
    case Errc::Closed:
      return "the server closed the session; if another SPICE client took over, leave only one of "
             "the two, or start QEMU with SPICE_DEBUG_ALLOW_MC=1 in its environment";
    case Errc::Disconnected:
      return "the server ended the session";
    case Errc::Migrated:
      return "the virtual machine is migrating to another host, which is not supported";
  }
  return "unknown error";
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "spice"; }
  std::string message(int value) const override { return text_of(static_cast<Errc>(value)); }
};

}  // namespace

const std::error_category& error_category() {
  static const Category category;
  return category;
}

}  // namespace vscard::chardev::spice
