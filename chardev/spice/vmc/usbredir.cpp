#include "chardev/spice/vmc/usbredir.hpp"

#include "chardev/spice/vmc/service.hpp"

namespace vscard::chardev::spice::vmc {
namespace {

Service service_of(const Address& address) {
  auto port = port_service(address);
  return port ? std::move(*port) : usbredir_service();
}

}  // namespace

const Transport kSpice = transport<service_of>("spice");
const Transport kSpiceTls = transport<service_of>("spice+tls");
const Transport kSpiceUnix = transport<service_of>("spice+unix");

}  // namespace vscard::chardev::spice::vmc
