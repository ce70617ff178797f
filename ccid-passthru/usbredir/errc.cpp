#include "ccid-passthru/usbredir/errc.hpp"

#include <string>

namespace vscard::ccid_passthru::usbredir {
namespace {

const char* text(Errc errc) {
  switch (errc) {
    case Errc::NotUsbredir:
      return "the peer does not speak usbredir (its first packet is not a hello); is it the "
             "chardev "
             "of "
             "a QEMU usb-redir device?";
    case Errc::PacketTooLong:
      return "the peer announced a usbredir packet that is too long for a smart card reader";
    case Errc::BadPacket:
      return "the peer sent a usbredir packet that breaks the protocol";
  }
  return "unknown error";
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "usbredir"; }
  std::string message(int value) const override { return text(static_cast<Errc>(value)); }
};

}  // namespace

const std::error_category& error_category() {
  static const Category category;
  return category;
}

}  // namespace vscard::ccid_passthru::usbredir
