#pragma once

#include "session/client_session.hpp"
#include "session/vsc_link_options.hpp"

#include <functional>
#include <optional>
#include <string>

namespace vscard::session {

/// The client's side of VSC on a link, which brings one host after the other. To be used on one
/// executor.
class ClientLink final : private ClientSession {
 public:
  /// `cards` outlives it. `notify` gets lines for the user; `remote_changed` is called when
  /// remote() has changed.
  ClientLink(const asio::any_io_executor& executor, const VscLinkOptions& options, CardSide& cards,
             Notify notify, std::function<void()> remote_changed = {});

  /// Listens, if that is what the endpoint says.
  Result<> open() { return link_.open(); }
  /// Serves hosts until leave(), or until it makes no sense to go on; the failure says why.
  Awaitable<Result<>> run() { return link_.run(); }
  /// Takes cards and readers from the host, then ends run().
  void leave();

  /// Where it listens, with the port that was chosen; else the address that it connects to.
  std::string address() const { return link_.address(); }
  /// The host that is served now.
  std::optional<std::string> remote() const { return link_.remote(); }
  /// Of its listener, if that pairs.
  chardev::Pairing* pairing() const { return link_.pairing(); }

  using ClientSession::add_reader;
  using ClientSession::insert_card;
  using ClientSession::no_answer;
  using ClientSession::remove_card;
  using ClientSession::reset_card;
  using ClientSession::respond;
  using ClientSession::settled;

 private:
  void remote_greeted() override { link_.note_greeting(); }

  Link link_;
};

}  // namespace vscard::session
