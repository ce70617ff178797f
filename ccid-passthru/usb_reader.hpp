#pragma once

#include "async/deadline_loop.hpp"
#include "ccid-passthru/carrier.hpp"
#include "ccid-passthru/client_line.hpp"
#include "ccid-passthru/usb/device.hpp"
#include "ccid-passthru/usb_capture.hpp"
#include "program/apdu_trail.hpp"
#include "program/events.hpp"
#include "program/status.hpp"
#include "program/watchers.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vscard::ccid_passthru {

struct UsbReaderOptions {
  usb::Identity identity;  ///< its name is the reader's, in ctl too: unique in the process
  ccid::MessageLimits limits;
  session::VscLinkOptions vsc;
  capture::Capture* capture = nullptr;  ///< outlives the reader; null: there is none
};

/// A reader between two sides: a client on a VSC link, and a guest to which a carrier brings the
/// reader's USB device. Each comes and goes as it likes: without a client the guest sees an empty
/// reader, and without a guest the client keeps its card in, unused.
class UsbReader final : private LineReader {
 public:
  /// With a line of its own. `watchers` outlive the reader. `make_beside`: for further cards of its
  /// client.
  UsbReader(const asio::any_io_executor& executor, UsbReaderOptions options,
            program::Watchers& watchers, const MakeCarrier& make_carrier,
            MakeBeside make_beside = {});
  /// For a further card of the client of `first`; it goes with that one. Its options' `vsc` is not
  /// used.
  UsbReader(UsbReaderOptions options, program::Watchers& watchers, const MakeCarrier& make_carrier,
            UsbReader& first, protocol::vsc::ReaderId number);
  /// For the line of the first.
  LineReader& on_line() { return *this; }

  /// Opens both sides.
  Result<> open();
  /// Serves both until leave(), or until it makes no sense to go on with one; the failure says why.
  Awaitable<Result<>> run();
  /// Unplugs the reader from the guest, ends the session with the client, then run().
  void leave();
  bool leaving() const { return leaving_; }

  struct End {
    std::string address;                                ///< where it listens or connects to
    std::optional<std::string> remote;                  ///< who is there
    std::optional<std::string> bus_id = {};             ///< of the guest's end, if it is USB/IP
    std::optional<protocol::Duration> round_trip = {};  ///< of the client's, if it is known
  };
  struct Status {
    std::string reader;
    std::string serial;
    bool card = false;  ///< … is in
    End client;
    End guest;
    std::vector<std::string> without;  ///< its client's further cards: the readers that they lack
  };
  Status status() const;
  /// The same for people, with what is missing and what to do about it.
  program::StatusReport report() const;
  /// The events that show the present state to `ctl watch`.
  std::vector<program::Json> present() const;
  const std::string& name() const { return options_.identity.name; }
  /// Readers that its client's further cards are to have, and have not, and why.
  std::map<std::string, protocol::vsc::Use> without() const;
  /// The one of this name is to be there. False: no card waits for it, or it cannot be made, which
  /// was said.
  bool offer(const std::string& name);
  /// Of its listeners, those that pair.
  std::vector<chardev::Pairing*> pairings() const;

 private:
  UsbReader(UsbReaderOptions options, program::Watchers& watchers, const MakeCarrier& make_carrier,
            protocol::vsc::ReaderId number);
  void perform(protocol::vsc::VscHost::Action action) override;
  bool settled() const override { return device_.settled(); }
  void client_changed() override;
  void lose_line() override;
  void leave_line();
  std::string name_beside(protocol::vsc::ReaderId number) const;
  End client() const;
  void perform(usb::Device::Actions actions);
  void transmit(protocol::SecretBytes command);
  void insert_card(const protocol::iso7816::Atr& atr);
  void remove_card();
  void report_failure(protocol::Errc reason);
  Awaitable<Result<>> run_sides();
  Awaitable<Result<>> run_side(Awaitable<Result<>> side);
  program::Json card_event() const;
  program::Json client_event() const;
  program::Json guest_event() const;
  program::Json::Member about() const { return {"reader", name()}; }

  UsbReaderOptions options_;
  program::Watchers& watchers_;
  std::unique_ptr<UsbCapture> usb_capture_;
  usb::Device device_;
  program::ApduTrail trail_;
  protocol::vsc::ReaderId number_;        ///< on the line
  std::unique_ptr<ClientLine> own_line_;  ///< of the first one
  ClientLine* line_ = nullptr;            ///< null: it has ended
  std::unique_ptr<Carrier> carrier_;
  async::DeadlineLoop deadlines_;  ///< of the device
  bool at_client_ = false;         ///< the client has a reader there
  std::optional<protocol::iso7816::Atr> card_;
  bool failure_reported_ = false;  ///< of this card
  bool leaving_ = false;
};

}  // namespace vscard::ccid_passthru
