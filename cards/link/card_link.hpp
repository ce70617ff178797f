#pragma once

#include "async/event.hpp"
#include "async/mutex.hpp"
#include "cards/reader.hpp"
#include "program/apdu_trail.hpp"
#include "program/events.hpp"
#include "program/status.hpp"
#include "program/watchers.hpp"
#include "session/card_hosts.hpp"
#include "session/client_session.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vscard::cards::link {

/// Gives the way to the hosts, which tells the card's side what it wants of it. `notify` gets lines
/// for the user; `remote_changed` is called when its remote() has changed.
using MakeHosts = std::function<std::unique_ptr<session::CardHosts>(
    session::CardSide& card, Notify notify, std::function<void()> remote_changed)>;

struct CardLinkOptions {
  std::string name;         ///< of the card, for the user and in ctl; unique in the process
  bool reads_ahead = true;  ///< saves round trips, where the host is ours
  /// With a host that does not confirm what the user does. A control server waits longer.
  protocol::Duration patience = std::chrono::seconds(4);
};

/// A card on one link: joins a cards::Reader and the link that brings the hosts. The user can
/// pull the card out and put it back, whatever it is; a card that was out, or whose host has gone,
/// is reset, so that nobody inherits a verified PIN.
class CardLink final : private session::CardSide {
 public:
  /// `reader` and `watchers` outlive the link. It alone uses the reader.
  CardLink(asio::any_io_executor executor, CardLinkOptions options, cards::Reader& reader,
           program::Watchers& watchers, const MakeHosts& make_hosts);

  /// Opens the link and takes note of the card. The error is a line for the user.
  Result<> open();
  /// Serves hosts until leave(), or until it makes no sense to go on; the error says why.
  Awaitable<Result<>> run() { return link_->run(); }
  /// Takes card and reader from the host, then ends run().
  void leave() { link_->leave(); }

  /// Pull the card out, put it in: one after the other, each until the host shows it. The error is
  /// a line for the user.
  Awaitable<Result<>> remove();
  Awaitable<Result<>> insert();

  enum class CardState { Inserted, Removed, Absent };
  struct Status {
    std::string card;    ///< its name
    std::string reader;  ///< the card's, as the system or the library calls it
    CardState state = CardState::Absent;
    std::string link;                   ///< where it listens or connects to
    std::optional<std::string> remote;  ///< the host that has it
    /// What it lacks to be used: "" (nothing), "host", or of the connected host "room", "reader".
    std::string lacks;
    std::string lacks_at;                          ///< … there
    std::optional<protocol::Duration> round_trip;  ///< to it and back
    std::uint64_t apdus = 0;                       ///< commands, since the program began
    std::uint64_t failures = 0;                    ///< … to which the card gave no answer
    const chardev::Lending* lending = nullptr;     ///< valid until the program goes on
  };
  static const char* name_of(CardState state);
  Status status() const;
  /// The same for people, with what is missing and what to do about it.
  program::StatusReport report() const;
  // What `ctl watch` shows of the present state.
  program::Json card_event() const;
  program::Json remote_event() const;
  const std::string& name() const { return options_.name; }
  /// Of its listener, if that pairs.
  chardev::Pairing* pairing() const { return link_->pairing(); }
  /// … if that lends.
  chardev::Lending* lending() const { return link_->lending(); }
  /// Is the card at work on a command, or about to be reset?
  bool busy() const { return at_work_ > 0 || resetting_; }

 private:
  void perform(protocol::vsc::VscClient::Action action) override;
  void host_has_gone() override;
  void host_has_answered() override { answered_.notify(); }
  Awaitable<Result<>> shown(std::string change);
  void note(const Notice& notice);
  void note_refusal(std::uint32_t room);
  void note_withdrawal(protocol::vsc::Use why);
  /// The host that has the card.
  std::optional<std::string> host() const;
  const char* lacks() const;
  std::string shown_host() const;
  std::string missing_host() const;
  void on_card(const cards::CardEvent& event);
  protocol::vsc::AheadPolicy ahead() const;
  void tell_card(const char* where);
  void show_card();
  void show_reset(const protocol::iso7816::Atr& atr);
  void transmit_held();
  void drop_held();
  void set_mute(bool mute);
  Awaitable<void> transmit(protocol::SecretBytes command);
  void reset_card(cards::PowerAction action);
  Awaitable<void> reset(cards::PowerAction action);
  program::Json::Member about() const { return {"card", name()}; }

  asio::any_io_executor executor_;
  CardLinkOptions options_;
  cards::Reader& reader_;
  program::Watchers& watchers_;
  program::ApduTrail trail_;
  std::unique_ptr<session::CardHosts> link_;
  std::optional<protocol::iso7816::Atr> atr_;  ///< of the card that is in the reader
  bool pulled_ = false;                        ///< … by the user
  async::Mutex moving_;                        ///< the user pulls the card, or puts it in
  async::Event answered_;                      ///< the host has answered, or has gone
  bool card_known_ = false;                    ///< whether one is in
  bool mute_ = false;                          ///< … is at a command for too long, shown as removed
  bool refused_ = false;                       ///< … by the host
  bool accepted_ = false;                      ///< the reader, by the host
  bool no_room_ = false;                       ///< … for it, there or at the host before
  std::optional<protocol::vsc::Use> withdrawn_;  ///< why its reader cannot be used there
  bool withdrawal_told_ = false;                 ///< … of this host's
  std::string trouble_;                          ///< why there is no host, as the link says
  bool resetting_ = false;
  std::optional<protocol::SecretBytes> held_;  ///< a command that the card is to have next
  int at_work_ = 0;
  std::uint64_t apdus_ = 0;     ///< as in Status
  std::uint64_t failures_ = 0;  ///< likewise
};

}  // namespace vscard::cards::link
