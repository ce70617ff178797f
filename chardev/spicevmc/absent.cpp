// In place of the rest of the folder where VSCARD_SPICE is OFF.

#include "chardev/absent_transport.hpp"
#include "chardev/spicevmc/log.hpp"
#include "chardev/spicevmc/spicevmc.hpp"

namespace vscard::chardev::spicevmc {

const Transport kSpicevmc = absent_transport("spicevmc");
const Transport kSpicevmcUnix = absent_transport("spicevmc+unix");

bool is_spicevmc(const Address& /*address*/) { return false; }

void set_log(std::function<void(std::string_view)> /*log*/) {}

}  // namespace vscard::chardev::spicevmc
