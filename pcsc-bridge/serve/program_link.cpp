#include "pcsc-bridge/serve/program_link.hpp"

#include <utility>

namespace vscard::pcsc_bridge::serve {

ProgramLink::ProgramLink(const asio::any_io_executor& executor, chardev::Descriptor socket,
                         std::function<void(protocol::Bytes)> receive)
    : stream_(executor, std::move(socket), ""),
      receive_(std::move(receive)),
      loop_(stream_, *this) {}

std::optional<std::error_code> ProgramLink::receive(protocol::Bytes bytes) {
  receive_(bytes);
  return std::nullopt;
}

}  // namespace vscard::pcsc_bridge::serve
