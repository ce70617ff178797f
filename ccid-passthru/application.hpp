#pragma once

#include "capture/program_capture.hpp"
#include "ccid-passthru/commands.hpp"
#include "ccid-passthru/options.hpp"
#include "ccid-passthru/usb_reader.hpp"
#include "ccid-passthru/usbip/server.hpp"
#include "inspect/inspector.hpp"
#include "program/service.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vscard::ccid_passthru {

/// The program: the readers of a command line, those that come and go later, and their end.
class Application {
 public:
  explicit Application(CommandLine line);

  /// Until the user or the system says stop, or no reader is left. The exit status.
  int run();

 private:
  Result<> open();
  Result<> open_capture();
  Result<> open_usbip();
  Result<> open_inspector();
  Result<> open_reader(const ReaderSpec& spec);
  Result<UsbReader*> open_beside(const std::string& first, protocol::vsc::ReaderId number,
                                 ReaderSpec spec);
  MakeBeside readers_beside(const ReaderSpec& spec);
  UsbReaderOptions options_for(const ReaderSpec& spec);
  UsbReader* find(const std::string& name) const;
  Result<MakeCarrier> carrier_for(const std::string& name, const chardev::Endpoint* usbredir);
  session::LinkOptions link(const chardev::Endpoint& endpoint) const;
  Result<> add_reader(const ReaderSpec& spec);
  void start();
  void start_reader(UsbReader& usb_reader);
  void give_place(const std::string& name);
  Awaitable<void> run_reader(UsbReader& usb_reader);
  void leave();

  CommandLine line_;
  asio::io_context io_{1};
  program::Watchers watchers_;
  std::optional<capture::ProgramCapture> capture_;
  std::optional<usbip::Server> usbip_;
  std::vector<std::unique_ptr<UsbReader>> usb_readers_;
  Commands commands_;
  std::optional<inspect::Inspector> inspector_;
  program::Service service_;
  bool failed_ = false;
};

}  // namespace vscard::ccid_passthru
