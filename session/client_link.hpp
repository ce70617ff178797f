#pragma once

#include "session/card_hosts.hpp"
#include "session/client_session.hpp"
#include "session/vsc_link_options.hpp"

#include <functional>
#include <optional>
#include <string>

namespace vscard::session {

/// The client's side of VSC on a link, which brings one host after the other. To be used on one
/// executor.
class ClientLink final : public CardHosts, private ClientSession {
 public:
  /// `cards` outlives it. `notify` gets lines for the user; `remote_changed` is called when
  /// remote() has changed.
  ClientLink(const asio::any_io_executor& executor, const VscLinkOptions& options, CardSide& cards,
             Notify notify, std::function<void()> remote_changed = {});

  Result<> open() override { return link_.open(); }
  Awaitable<Result<>> run() override;
  void leave() override;
  std::string address() const override { return link_.address(); }
  bool listens() const override { return link_.listens(); }
  std::optional<std::string> remote() const override { return link_.remote(); }
  std::optional<protocol::Duration> round_trip() const override {
    return ClientSession::round_trip();
  }
  chardev::Pairing* pairing() const override { return link_.pairing(); }
  chardev::Lending* lending() const override { return link_.lending(); }

  using ReaderId = protocol::vsc::ReaderId;
  void add_reader(ReaderId reader, std::string name, protocol::vsc::AheadPolicy ahead) override;
  void insert_card(ReaderId reader, const protocol::iso7816::Atr& atr) override;
  void reset_card(ReaderId reader, const protocol::iso7816::Atr& atr) override;
  void remove_card(ReaderId reader) override;
  void respond(ReaderId reader, protocol::SecretBytes response) override;
  void no_answer(ReaderId reader) override;
  void works(ReaderId reader) override { ClientSession::works(reader); }
  bool settled(ReaderId reader) const override { return ClientSession::settled(reader); }

 private:
  void remote_greeted() override { link_.note_greeting(); }
  void tell(const Notice& notice) override { link_.tell(notice); }

  Link link_;
};

}  // namespace vscard::session
