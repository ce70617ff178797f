#pragma once

#include "capture/program_capture.hpp"
#include "inspect/inspector.hpp"
#include "pcsc-bridge/serve/options.hpp"
#include "pcsc-bridge/serve/own_cards.hpp"
#include "pcsc-bridge/serve/reader_commands.hpp"
#include "pcsc-bridge/serve/service.hpp"
#include "program/service.hpp"

#include <boost/asio/io_context.hpp>

#include <optional>
#include <string>

namespace vscard::pcsc_bridge::serve {

/// `pcsc-bridge serve`: a PC/SC service until it is told to stop.
class Serve {
 public:
  Serve(ServeOptions options, const OwnKinds& kinds);

  /// The exit status.
  int run();

 private:
  Result<> open();
  Result<> open_capture();
  Result<> open_inspector();
  Result<> open_readers();
  Result<> open_own_cards();
  Result<> open_system();
  Result<std::string> add_reader(const std::string& name,
                                 const std::optional<std::string>& endpoint);
  void leave();

  ServeOptions options_;
  asio::io_context io_{1};
  program::Watchers watchers_;
  program::Watchers seen_by_cards_;  ///< nobody: their readers tell the same
  std::optional<capture::ProgramCapture> capture_;
  OwnCards own_;  ///< ends after the service
  cards::link::Commands card_commands_;
  Service pcsc_;
  program::CommandTable table_;
  program::Service service_;
  std::optional<inspect::Inspector> inspector_;
};

}  // namespace vscard::pcsc_bridge::serve
