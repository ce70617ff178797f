#pragma once

#include "chardev/spicevmc/client_channel.hpp"
#include "protocol/vsc/decoder.hpp"

namespace vscard::chardev::spicevmc {

/// A client's card channel, of which the library knows whole messages and no Init.
class CardChannel final : public ClientChannel {
 public:
  CardChannel(Peer peer, std::function<void()> wake);

 private:
  std::optional<std::size_t> room_for(std::size_t size, std::size_t waiting) const override;
  void accept(protocol::Bytes bytes) override;
  void send(protocol::vsc::Message message);

  protocol::vsc::Decoder decoder_;
};

}  // namespace vscard::chardev::spicevmc
