#pragma once

#include "chardev/endpoint.hpp"
#include "inspect/intake.hpp"
#include "inspect/narrator.hpp"
#include "inspect/server.hpp"
#include "program/apdu_tap.hpp"
#include "program/command_table.hpp"
#include "program/watchers.hpp"

#include <boost/asio/io_context.hpp>

#include <string>
#include <thread>
#include <vector>

namespace vscard::inspect {

/// What a program's inspector is told.
struct InspectorOptions {
  std::string program;
  std::vector<std::string> commands;  ///< that the page may run
};

/// Shows what passes in a program to browsers of this machine: --inspect. It has a thread of its
/// own for all that costs time. The program's thread leaves a copy of each message in the Intake,
/// which wakes nobody; the inspector's looks into it some 20 times a second while a page is open.
class Inspector final : private program::ApduTap {
 public:
  /// `commands` and `watchers` outlive the inspector; `program` runs the commands.
  Inspector(asio::any_io_executor program, const program::CommandTable& commands,
            program::Watchers& watchers, InspectorOptions options);
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;
  ~Inspector() override;

  /// Begins to serve at an address of parse_inspect_address(). The error is a line for the user.
  Result<> open(const chardev::Address& address);
  /// What a browser opens, with the token; over a UNIX socket it needs a port that leads there.
  std::string url() const;
  /// For the log, which has this line once it is open.
  std::string where() const;

 private:
  void see(const program::TappedApdu& apdu) override;
  void hear(const std::string& event) override;
  void put(Seen seen);
  Awaitable<void> look();
  void take();
  Awaitable<Result<std::string>> run(program::Words words);

  asio::any_io_executor program_;
  const program::CommandTable& commands_;
  program::Watchers& watchers_;
  Intake intake_;
  std::string address_;

  // Of the inspector's thread, once that runs.
  asio::io_context io_{1};
  Narrator narrator_;
  Server server_;
  std::jthread thread_;
};

}  // namespace vscard::inspect
