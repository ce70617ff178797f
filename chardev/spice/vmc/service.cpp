#include "chardev/spice/vmc/service.hpp"

#include "chardev/spice/vmc/byte_translator.hpp"
#include "chardev/spice/vmc/data_message.hpp"

namespace vscard::chardev::spice::vmc {
namespace {

constexpr const char* kUsbredirArguments =
    "-chardev spicevmc,id=reader,name=usbredir -device usb-redir,chardev=reader";

}  // namespace

Service usbredir_service() {
  return {.kind = kUsbredirChannel,
          .first_word = FirstWord::Likely,
          .translator = [] { return std::make_unique<ByteTranslator>(); },
          .missing = std::string("the virtual machine has no usbredir channel: give QEMU "
                                 "-device qemu-xhci ") +
                     kUsbredirArguments,
          .taken = std::string("every usbredir channel of the virtual machine is in use: give QEMU "
                               "another ") +
                   kUsbredirArguments};
}

std::optional<Service> port_service(const Address& address) {
  const auto name = address.keys.last("port");
  if (!name) return std::nullopt;
  return port_service(*name);
}

Service port_service(const std::string& name) {
  return {
      .kind = kPortChannel,
      .first_word = FirstWord::Certain,
      .translator = [name] { return std::make_unique<ByteTranslator>(name); },
      .missing = "the virtual machine has no port '" + name +
                 "': give QEMU -chardev spiceport,id=port,name=" + name,
      .taken = "the virtual machine has no port '" + name + "' that is free: end its other client",
      .port = name};
}

}  // namespace vscard::chardev::spice::vmc
