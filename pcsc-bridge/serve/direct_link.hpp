#pragma once

#include "async/deadline_loop.hpp"
#include "pcsc-bridge/serve/card_source.hpp"
#include "program/apdu_trail.hpp"
#include "protocol/notice.hpp"
#include "protocol/time.hpp"
#include "session/card_hosts.hpp"
#include "session/client_session.hpp"

#include <optional>
#include <string>

namespace vscard::pcsc_bridge::serve {

/// A card of this process in a reader of the service: commands and answers go straight across,
/// without VSC and its two ends. What these see to is seen to here: a command has one answer, in
/// time; an answer that nobody wants any more is not taken for the next; and programs see each step
/// of a card that is swapped faster than they look.
class DirectLink final : public session::CardHosts, public CardSource {
 public:
  /// `card` outlives it. `notify` gets lines for the user.
  DirectLink(session::CardSide& card, Notify notify, protocol::Duration apdu_timeout);

  /// From now on the card is in this reader, until close(). `events` outlives that.
  void plug_into(pcsc::ReaderId reader, CardEvents& events, program::ApduTrail trail);

  std::string address() const override { return kHere; }
  std::optional<std::string> remote() const override;

  // session::CardHosts, for the card. The link has one reader, whatever its number.
  using CardId = protocol::vsc::ReaderId;
  Result<> open() override { return {}; }
  Awaitable<Result<>> run() override;
  void leave() override;
  bool listens() const override { return true; }
  chardev::Pairing* pairing() const override { return nullptr; }
  void add_reader(CardId /*reader*/, std::string /*name*/,
                  protocol::vsc::AheadPolicy /*ahead*/) override {}
  void insert_card(CardId reader, const protocol::iso7816::Atr& atr) override;
  void reset_card(CardId reader, const protocol::iso7816::Atr& atr) override;
  void remove_card(CardId reader) override;
  void respond(CardId reader, protocol::SecretBytes response) override;
  void no_answer(CardId reader) override;
  bool settled(CardId reader) const override;

  // CardSource, for the service.
  void transmit(protocol::SecretBytes command) override;
  void abort() override;
  void power(protocol::vsc::PowerAction action) override;
  void look() override;
  void close() override;

  // What run() sees to.
  std::optional<protocol::Time> deadline() const;
  void expire(protocol::Time now);

 private:
  static constexpr const char* kHere = "this process";
  using Answer = std::expected<protocol::SecretBytes, protocol::Errc>;
  enum class Exchange {
    Idle,      ///< no command is at the card
    Busy,      ///< a command is; left by its answer, abort, a removal or the time limit
    Draining,  ///< a command without a taker is; left by its answer
  };

  bool present() const { return card_ && !mute_; }
  bool up_to_date() const { return shown_ == present() && !swapped_; }
  void show();
  void show_removed();
  void show_inserted();
  void begin_change();
  void end_change();
  void send(protocol::SecretBytes command);
  void finish(Answer given);
  bool drop(protocol::Errc reason);
  void answer(Answer given);

  session::CardSide& side_;
  Notify notify_;
  protocol::Duration apdu_timeout_;
  CardEvents* events_ = nullptr;  ///< while it is plugged in
  pcsc::ReaderId reader_{};
  std::optional<program::ApduTrail> trail_;     ///< … since it was
  std::optional<protocol::iso7816::Atr> card_;  ///< that is in
  bool shown_ = false;                          ///< programs are told that a card is in
  bool swapped_ = false;                        ///< … and it has been out since
  bool unseen_ = false;                         ///< the last change, by a program that waits for it
  protocol::Time seen_by_;                      ///< … when that is not waited for any more
  Exchange exchange_ = Exchange::Idle;
  protocol::Time answer_by_;                   ///< unless Idle
  std::optional<protocol::SecretBytes> next_;  ///< Draining: the command that is to follow
  bool mute_ = false;  ///< Draining, and shown as removed: the card took too long
  bool used_ = false;  ///< the card had a command since it was last powered
  async::DeadlineLoop deadlines_;
};

}  // namespace vscard::pcsc_bridge::serve
