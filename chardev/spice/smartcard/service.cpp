#include "chardev/spice/smartcard/service.hpp"

#include "chardev/spice/smartcard/card_message.hpp"
#include "chardev/spice/smartcard/vsc_translator.hpp"
#include "chardev/spice/vmc/data_message.hpp"
#include "chardev/spice/vmc/service.hpp"

namespace vscard::chardev::spice::smartcard {
namespace {

constexpr const char* kCardArguments =
    "give QEMU -device usb-ccid -chardev spicevmc,id=card,name=smartcard -device "
    "ccid-card-passthru,chardev=card";

}  // namespace

Service card_service() {
  return {
      .kind = kCardChannel,
      .first_word = FirstWord::Never,
      .translator = [] { return std::make_unique<VscTranslator>(); },
      .missing = std::string("the virtual machine has no smart card channel: ") + kCardArguments,
      .taken =
          "the virtual machine's only smart card channel is in use here; a further card "
          "needs a port: see port=NAME"};
}

Service reader_service() {
  Service service = vmc::port_service(vmc::kReaderPort);
  service.taken = "the server's reader is in use here; a further card needs another server";
  return service;
}

}  // namespace vscard::chardev::spice::smartcard
