#pragma once

#include "chardev/child.hpp"
#include "pcsc-bridge/run/card_client.hpp"

#include <optional>
#include <string>

namespace vscard::pcsc_bridge::run {

/// A vscclient for one card.
class ClientProcess final : public CardClient {
 public:
  /// `control` is the address of its control socket. Without a process, another has started it.
  ClientProcess(std::string card, std::string reader, std::string control,
                std::optional<chardev::Child> process = {});

  chardev::Child& process() { return *process_; }

  /// Ends the process, too.
  void lose_reader() override;

  Awaitable<Result<std::string>> ask(program::Words words,
                                     protocol::Duration patience) const override;
  /// As long as it runs and there is somebody to watch. A client that does not let itself be
  /// watched still has its card.
  Awaitable<void> relay(program::Words words, program::Lines lines) const override;

 private:
  bool has_ended() const { return process_ && !process_->running(); }

  std::string control_;
  std::optional<chardev::Child> process_;
};

}  // namespace vscard::pcsc_bridge::run
