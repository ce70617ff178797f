#include "chardev/vnc/errc.hpp"

#include <string>

namespace vscard::chardev::vnc {
namespace {

const char* text_of(Errc errc) {
  switch (errc) {
    case Errc::NotRfb:
      return "this is not a VNC server";
    case Errc::AnotherVersion:
      return "the server speaks a version of RFB before 3.8, which is not supported";
    case Errc::BadMessage:
      return "the server sent something that is not RFB";
    case Errc::UnknownLogin:
      return "the server wants a login that is not supported; VNC passwords are, and none at all; "
             "with ca=FILE or name=NAME, both in TLS";
    case Errc::NoTls:
      return "the server has no login in TLS with a certificate: connect to ccid-passthru in front "
             "of it, with listen:vnc://HOST:DISPLAY,server=HOST:DISPLAY,cert=FILE,key=FILE";
    case Errc::NeedsPassword:
      return "the server asks for a password: add password-file=FILE or password-fd=N";
    case Errc::WrongPassword:
      return "the password is wrong or has expired";
    case Errc::Refused:
      return "the server refuses the connection";
    case Errc::NoDes:
      return "OpenSSL is configured without the cipher of VNC passwords";
    case Errc::NoChannel:
      return "the VNC server has no channel for a card: connect to ccid-passthru in front of it, "
             "with listen:vnc://HOST:DISPLAY,server=HOST:DISPLAY";
    case Errc::NotOfTheChannel:
      return "it sent something that does not belong on a card's channel of VNC";
  }
  return "unknown error";
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "vnc"; }
  std::string message(int value) const override { return text_of(static_cast<Errc>(value)); }
};

}  // namespace

const std::error_category& error_category() {
  static const Category category;
  return category;
}

}  // namespace vscard::chardev::vnc
