#pragma once

#include "capture/program_capture.hpp"
#include "cards/cards.hpp"
#include "cards/link/card_link.hpp"
#include "cards/link/commands.hpp"
#include "inspect/inspector.hpp"
#include "program/service.hpp"
#include "session/shared_link.hpp"
#include "vscclient/console.hpp"
#include "vscclient/options.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vscard::vscclient {

/// The program: the cards and links of a command line, what controls them, and their end.
class Application {
 public:
  explicit Application(CommandLine line);

  /// Until the user or the system says stop, or no link is left. The exit status.
  int run();

 private:
  Result<> open();
  Result<> take_streams() const;
  Result<> open_capture();
  Result<> open_cards();
  Result<> open_card_links();
  cards::link::MakeHosts hosts_of(const Pair& pair);
  Result<> open_inspector();
  void start();
  Awaitable<void> run_card_link(cards::link::CardLink& card_link);
  void await_last_resets();
  bool busy() const;
  int end(int status);

  CommandLine line_;
  asio::io_context io_{1};
  cards::Cards cards_;  ///< of the pairs
  program::Watchers watchers_;
  std::optional<capture::ProgramCapture> capture_;
  std::optional<session::SharedLink> shared_link_;  ///< of the card links, if they have one
  std::vector<std::unique_ptr<cards::link::CardLink>> card_links_;
  std::vector<cards::link::HeldCard> held_;  ///< the same, for the commands
  cards::link::Commands commands_;
  std::optional<inspect::Inspector> inspector_;
  program::Service service_;
  Console console_;
  std::size_t running_ = 0;  ///< card_links
  bool failed_ = false;
};

}  // namespace vscard::vscclient
