#include "ccid-passthru/usbip/errc.hpp"

#include <string>

namespace vscard::ccid_passthru::usbip {
namespace {

const char* text(Errc errc) {
  switch (errc) {
    case Errc::NotUsbip:
      return "the peer does not speak USB/IP; attach the reader with 'usbip attach'";
    case Errc::WrongVersion:
      return "the peer speaks another version of USB/IP than 1.1.1";
    case Errc::BadBusId:
      return "the peer asked for a device without a bus id";
    case Errc::BadRequest:
      return "the peer sent a USB/IP request that breaks the protocol";
    case Errc::RequestTooLong:
      return "the peer announced a USB/IP request that is too long for a smart card reader";
    case Errc::Isochronous:
      return "the peer sent an isochronous request, which a smart card reader does not have";
  }
  return "unknown error";
}

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "usbip"; }
  std::string message(int value) const override { return text(static_cast<Errc>(value)); }
};

}  // namespace

const std::error_category& error_category() {
  static const Category category;
  return category;
}

}  // namespace vscard::ccid_passthru::usbip
