#pragma once

#include "chardev/transport.hpp"
#include "session/host_link.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>

namespace vscard::bench {

/// A host that sends one command after the other. It serves one client, and throws when that does
/// not do its part.
class Host final : private session::ReaderSide {
 public:
  /// Listens: "tcp://127.0.0.1:0", "unix:PATH"; or connects, where one only can: "exec:COMMAND".
  explicit Host(const std::string& address, std::span<const chardev::Transport* const> transports =
                                                chardev::standard_transports());
  ~Host() override;

  /// With the port that the system chose.
  std::string address() const { return link_.address(); }
  void wait_for_card();
  /// The card's response. Throws when there is none, as without a card.
  protocol::SecretBytes exchange(protocol::Bytes command);

 private:
  void perform(protocol::vsc::VscHost::Action action) override;
  void run_until(const std::function<bool()>& done, const char* awaited);

  asio::io_context io_{1};
  session::HostLink link_;
  protocol::vsc::ReaderId reader_{};
  bool card_in_ = false;
  std::optional<protocol::SecretBytes> response_;
};

}  // namespace vscard::bench
