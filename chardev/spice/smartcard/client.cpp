#include "chardev/spice/smartcard/client.hpp"

#include "chardev/spice/client.hpp"
#include "chardev/spice/smartcard/card_message.hpp"
#include "chardev/spice/smartcard/vsc_translator.hpp"
#include "chardev/spice/vmc/service.hpp"

namespace vscard::chardev::spice::smartcard {
namespace {

constexpr const char* kCardArguments =
    "give QEMU -device usb-ccid -chardev spicevmc,id=card,name=smartcard -device "
    "ccid-card-passthru,chardev=card";

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

Service service_of(const Address& address) {
  auto port = vmc::port_service(address);
  return port ? std::move(*port) : card_service();
}

}  // namespace

const Transport kSpice = transport<service_of>("spice");
const Transport kSpiceTls = transport<service_of>("spice+tls");
const Transport kSpiceUnix = transport<service_of>("spice+unix");

}  // namespace vscard::chardev::spice::smartcard
