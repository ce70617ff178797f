#include "chardev/spice/smartcard/client.hpp"

#include "chardev/spice/client.hpp"
#include "chardev/spice/smartcard/service.hpp"
#include "chardev/spice/vmc/service.hpp"

namespace vscard::chardev::spice::smartcard {
namespace {

Services services_of(const Address& address) {
  if (auto port = vmc::port_service(address)) return {std::move(*port)};
  return {reader_service(), card_service()};
}

}  // namespace

const Transport kSpice = transport<services_of>("spice");
const Transport kSpiceTls = transport<services_of>("spice+tls");
const Transport kSpiceUnix = transport<services_of>("spice+unix");

}  // namespace vscard::chardev::spice::smartcard
