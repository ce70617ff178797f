#pragma once

#include "session/host_session.hpp"
#include "session/vsc_link_options.hpp"

#include <functional>
#include <optional>
#include <string>

namespace vscard::session {

/// The host's side of VSC on a link, which brings one client after the other. To be used on one
/// executor.
class HostLink final : private HostSession {
 public:
  /// `readers` outlives it. `notify` gets lines for the user; `remote_changed` is called when
  /// remote() has changed.
  HostLink(const asio::any_io_executor& executor, const VscLinkOptions& options,
           ReaderSide& readers, Notify notify, std::function<void()> remote_changed = {});

  /// Listens, if that is what the endpoint says.
  Result<> open() { return link_.open(); }
  /// Serves clients until leave(), or until it makes no sense to go on; the failure says why.
  Awaitable<Result<>> run();
  /// Ends run(), and what is under way at once.
  void leave();

  /// Where it listens, with the port that was chosen; else the address that it connects to.
  std::string address() const { return link_.address(); }
  /// The client that is served now.
  std::optional<std::string> remote() const { return link_.remote(); }
  /// Of its listener, if that pairs.
  chardev::Pairing* pairing() const { return link_.pairing(); }

  using HostSession::abort;
  using HostSession::client;
  using HostSession::look;
  using HostSession::offer;
  using HostSession::power;
  using HostSession::round_trip;
  using HostSession::transmit;
  using HostSession::withdraw;

 private:
  void remote_greeted() override { link_.note_greeting(); }
  void tell(const Notice& notice) override { link_.tell(notice); }

  Link link_;
};

}  // namespace vscard::session
