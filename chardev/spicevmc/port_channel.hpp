#pragma once

#include "chardev/spicevmc/client_channel.hpp"

namespace vscard::chardev::spicevmc {

/// A client's port: the bytes as they are. One that is not read from stops its client.
class PortChannel final : public ClientChannel {
 public:
  using ClientChannel::ClientChannel;

 private:
  std::optional<std::size_t> room_for(std::size_t size, std::size_t waiting) const override;
  void accept(protocol::Bytes bytes) override;
};

}  // namespace vscard::chardev::spicevmc
