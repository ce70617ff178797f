#pragma once

#include "ccid-passthru/usbip/operation.hpp"
#include "chardev/transport.hpp"
#include "protocol/notice.hpp"
#include "protocol/time.hpp"
#include "session/link.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace vscard::ccid_passthru::usbip {

class Port;

/// Where clients of USB/IP find the devices of a process: it lists its ports, and gives a
/// connection that imports one to that port. A connection that says nothing, or too little, keeps
/// nobody waiting, as handshake_listener() has it. To be used on one executor.
class Server {
 public:
  Server(asio::any_io_executor executor, session::LinkOptions options,
         const chardev::Transport& transport, Notify notify);
  ~Server();

  /// Listens. The error is a line for the user.
  Result<> open();
  /// Until close(). It must not outlive this.
  Awaitable<void> run();
  /// No further connections; those that ports have stay.
  void close();

  std::string address() const;
  /// Of its listener, if that pairs.
  chardev::Pairing* pairing() const { return pairing_; }
  const session::LinkOptions& link() const { return options_; }
  const chardev::Transport& transport() const { return transport_; }

  /// A port, from its constructor to its destructor: how it is shown. Its bus id is kept for a
  /// reader of the same name: those who attach again get no other.
  ExportedDevice add(Port& port);
  void remove(const Port& port);

 private:
  using Greeted = Result<std::unique_ptr<chardev::Stream>>;

  Awaitable<Greeted> greet(std::unique_ptr<chardev::Stream> stream);
  Awaitable<std::string> list_devices(chardev::Stream& stream);
  Awaitable<std::string> import(std::unique_ptr<chardev::Stream> stream);
  std::uint16_t number_of(const std::string& reader);
  Port* find(const std::string& bus_id) const;
  void note_failed(const chardev::AcceptError& error);

  asio::any_io_executor executor_;
  session::LinkOptions options_;
  const chardev::Transport& transport_;
  Notify notify_;
  std::unique_ptr<chardev::Listener> listener_;
  chardev::Pairing* pairing_ = nullptr;
  std::map<std::uint16_t, Port*> ports_;          ///< by device number
  std::map<std::string, std::uint16_t> numbers_;  ///< of readers, also of those that have gone
  std::uint16_t last_number_ = 0;
  std::map<std::string, protocol::Time> noted_;  ///< failures, and when they were told
  bool closed_ = false;
};

}  // namespace vscard::ccid_passthru::usbip
