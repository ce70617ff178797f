#include "chardev/spice/vmc/usbredir.hpp"

#include "chardev/spice/vmc/service.hpp"

namespace vscard::chardev::spice::vmc {
namespace {

Services services_of(const Address& address) {
  auto port = port_service(address);
  return {port ? std::move(*port) : usbredir_service()};
}

}  // namespace

const Transport kSpice = transport<services_of>("spice");
const Transport kSpiceTls = transport<services_of>("spice+tls");
const Transport kSpiceUnix = transport<services_of>("spice+unix");

}  // namespace vscard::chardev::spice::vmc
