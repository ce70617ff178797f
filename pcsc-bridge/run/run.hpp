#pragma once

#include "capture/program_capture.hpp"
#include "inspect/inspector.hpp"
#include "pcsc-bridge/options.hpp"
#include "pcsc-bridge/run/card_clients.hpp"
#include "pcsc-bridge/run/client_process.hpp"
#include "pcsc-bridge/run/kept_folder.hpp"
#include "pcsc-bridge/run/pcscd.hpp"
#include "pcsc-bridge/run/service_view.hpp"
#include "pcsc-bridge/serve/own_cards.hpp"
#include "pcsc-bridge/serve/service.hpp"
#include "program/control_server.hpp"
#include "program/process.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <deque>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::run {

/// `pcsc-bridge run`: a PC/SC service, readers and cards for as long as a command runs.
class Run {
 public:
  Run(RunOptions options, const serve::OwnKinds& kinds);

  /// The command's exit status, or 1 if it could not be run.
  int run();

 private:
  Result<> open();
  std::vector<program::Command> commands();
  Result<> open_capture();
  Result<> open_inspector();
  Result<> start_service();
  Result<> add_system();
  Result<> start_pcscd();
  Result<std::string> add_reader(const std::string& name,
                                 const std::optional<std::string>& endpoint);
  Result<> open_reader(std::size_t number, const std::string& name);
  Result<> open_own_cards();
  bool is_own(std::size_t card) const { return card < is_own_.size() && is_own_[card]; }
  Awaitable<void> show_faults(program::Lines events);
  Result<> start_clients();
  Result<> start_client(std::size_t card);
  void watch(ClientProcess& client);
  Result<> wait_for_cards();
  /// Which of readers_ are there and hold a card.
  std::vector<ServiceView::State> states();
  /// Until `done`, or the time is up, or a process that is needed has ended: then the error.
  Result<> wait(const std::function<bool()>& done, std::chrono::seconds limit,
                const std::string& what);
  /// Runs what is due for a moment. The error tells why there is nothing left to wait for.
  Result<> pass_time();
  std::expected<int, chardev::ChildError> run_command();
  /// False: only _Exit ends this process.
  bool end();

  /// When the process ends, once.
  void watch(const chardev::Child& child, std::function<void()> ended);
  void pass_signals();
  void pass_signal();

  RunOptions options_;
  std::vector<bool> is_own_;               ///< of the cards: this process has it
  std::vector<std::string> readers_;       ///< their names in pcscd's configuration
  CardClients clients_;                    ///< of the cards, in their order
  std::vector<ClientProcess*> processes_;  ///< those of them that are processes
  asio::io_context io_{1};
  program::Watchers seen_by_service_;  ///< for capture and inspector; the cards have those of ctl
  std::optional<capture::ProgramCapture> capture_;
  CardControl cards_;
  serve::OwnCards own_;  ///< ends after the service
  serve::Service pcsc_;
  std::optional<KeptFolder> folder_;
  std::filesystem::path places_;     ///< the folder of reader_socket()
  std::filesystem::path socket_;     ///< PCSCLITE_CSOCK_NAME
  std::size_t next_place_ = 0;       ///< for a reader of `ctl add-reader`
  std::optional<Pcscd> pcscd_;       ///< with --with-pcscd, in place of pcsc_
  std::optional<ServiceView> view_;  ///< likewise
  std::optional<chardev::Child> command_;
  program::ControlServer control_;
  std::optional<inspect::Inspector> inspector_;
  std::optional<program::PidFile> pid_file_;
  std::deque<asio::posix::stream_descriptor> watched_;  ///< first the signals, then processes
  std::optional<std::string> failure_;                  ///< of a process that was needed
  int stop_signal_ = 0;                                 ///< that came before the command was there
};

}  // namespace vscard::pcsc_bridge::run
