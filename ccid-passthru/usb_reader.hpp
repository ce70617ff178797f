#pragma once

#include "ccid-passthru/usb/device.hpp"
#include "ccid-passthru/usbredir/usbredir_link.hpp"
#include "chardev/transport.hpp"
#include "program/events.hpp"
#include "program/watchers.hpp"
#include "protocol/failure.hpp"
#include "protocol/vsc/peer_limits.hpp"
#include "session/host_session.hpp"
#include "session/link.hpp"

#include <boost/asio/steady_timer.hpp>

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace vscard::ccid_passthru {

struct UsbReaderOptions {
  usb::Identity identity;  ///< its name is the reader's, in ctl too: unique in the process
  ccid::MessageLimits limits;
  session::LinkOptions vsc;
  session::LinkOptions usbredir;
  const chardev::Transport* vsc_transport = nullptr;
  const chardev::Transport* usbredir_transport = nullptr;
  protocol::vsc::PeerLimits client;
  protocol::Duration apdu_timeout = protocol::vsc::kApduTimeout;
};

/// A reader between two links: a card's owner on the VSC link, a guest on the usbredir link. Each
/// comes and goes as it likes: without an owner the guest sees an empty reader, and without a guest
/// the owner keeps its card in, unused.
class UsbReader final : private session::ReaderSide {
 public:
  /// `watchers` outlive the reader.
  UsbReader(const asio::any_io_executor& executor, UsbReaderOptions options,
            program::Watchers& watchers);

  /// Opens both links. The error is a line for the user.
  Result<> open();
  /// Serves both until leave(), or until it makes no sense to go on with one; the error says why.
  Awaitable<Result<>> run();
  /// Unplugs the reader from the guest, ends the session with the card's owner, then run().
  void leave();

  struct End {
    std::string address;              ///< where it listens or connects to
    std::optional<std::string> peer;  ///< who is there
  };
  struct Status {
    std::string reader;
    std::string serial;
    bool card = false;  ///< … is in
    End vsc;
    End usbredir;
  };
  Status status() const;
  /// The events that show the present state to `ctl watch`.
  std::vector<program::Json> present() const;
  const std::string& name() const { return options_.identity.name; }

 private:
  void perform(protocol::vsc::VscHost::Action action) override;
  void perform(usb::Device::Actions actions);
  void transmit(protocol::SecretBytes command);
  void insert_card(const protocol::iso7816::Atr& atr);
  void remove_card();
  void tell_of_failure(protocol::Errc reason);
  void tell(const Notice& notice) const;

  session::LinkOptions watched(session::LinkOptions options, const char* protocol,
                               const session::Link& link);
  program::Json remote_event(const char* protocol, const session::Link& link) const;
  program::Json card_event() const;
  program::Json::Member about() const { return {"reader", name()}; }

  Awaitable<Result<>> run_link(session::Link& link);
  Awaitable<void> keep_deadlines();
  void wake();

  UsbReaderOptions options_;
  program::Watchers& watchers_;
  usb::Device device_;
  session::HostSession owner_;
  usbredir::UsbredirLink guest_;
  session::Link vsc_;
  session::Link usbredir_;
  std::optional<protocol::vsc::ReaderId> reader_;  ///< of the owner's
  std::optional<protocol::iso7816::Atr> card_;
  bool told_of_failure_ = false;  ///< of this card
  asio::steady_timer deadline_;
};

}  // namespace vscard::ccid_passthru
