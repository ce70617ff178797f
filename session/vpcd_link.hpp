#pragma once

#include "protocol/vpcd/card.hpp"
#include "session/card_hosts.hpp"
#include "session/client_session.hpp"
#include "session/link.hpp"
#include "session/stream_loop.hpp"
#include "session/vsc_link_options.hpp"

#include <functional>
#include <optional>
#include <string>

namespace vscard::session {

/// A card in the reader of a vpcd: it is connected while it is in. To be used on one executor. The
/// link has one reader, whatever its number.
class VpcdLink final : public CardHosts, private StreamMachine {
 public:
  /// `card` outlives it. `notify` gets lines for the user; `remote_changed` is called when remote()
  /// has changed.
  VpcdLink(const asio::any_io_executor& executor, const VscLinkOptions& options, CardSide& card,
           Notify notify, std::function<void()> remote_changed = {});

  Result<> open() override { return link_.open(); }
  Awaitable<Result<>> run() override { return link_.run(); }
  void leave() override;
  std::string address() const override { return link_.address(); }
  bool listens() const override { return link_.listens(); }
  std::optional<std::string> remote() const override { return link_.remote(); }
  chardev::Pairing* pairing() const override { return link_.pairing(); }
  chardev::Lending* lending() const override { return link_.lending(); }

  using ReaderId = protocol::vsc::ReaderId;
  /// A vpcd has its reader's name of its own.
  void add_reader(ReaderId /*reader*/, std::string /*name*/,
                  protocol::vsc::AheadPolicy /*ahead*/) override {}
  void insert_card(ReaderId reader, const protocol::iso7816::Atr& atr) override;
  void reset_card(ReaderId reader, const protocol::iso7816::Atr& atr) override;
  void remove_card(ReaderId reader) override;
  void respond(ReaderId reader, protocol::SecretBytes response) override;
  void no_answer(ReaderId reader) override;
  bool settled(ReaderId reader) const override;

 private:
  Awaitable<Ending> serve(chardev::Stream& stream);
  std::optional<std::error_code> receive(protocol::Bytes bytes) override;
  bool in_message() const override { return decoder_.in_message(); }
  std::optional<protocol::Time> deadline() const override { return machine_.deadline(); }
  void expire() override { perform(machine_.expire(protocol::Clock::now())); }
  void perform(protocol::vpcd::VpcdCard::Actions actions);
  void note_failure(const Notice& notice);

  CardSide& card_;
  Notify notify_;
  protocol::vpcd::VpcdCard machine_;
  protocol::vpcd::Decoder decoder_;            ///< of the connection that there is
  StreamLoop* stream_ = nullptr;               ///< during serve()
  std::optional<protocol::iso7816::Atr> atr_;  ///< of the card that is in
  bool unreachable_ = false;                   ///< since the card was put in
  Link link_;
};

}  // namespace vscard::session
