#pragma once

#include "async/event.hpp"
#include "protocol/notice.hpp"
#include "session/host_link.hpp"

namespace vscard::pcsc_bridge::reader {

/// The link of a reader, which does not end with a remote that is none of ours, as a program would:
/// nobody could start it again.
class PatientLink {
 public:
  /// `side` outlives it. `notify` gets lines for the log.
  PatientLink(const asio::any_io_executor& executor, const session::VscLinkOptions& options,
              session::ReaderSide& side, Notify notify);

  /// Listens, if that is what the endpoint says. The error is a line for the user.
  Result<> open() { return client_.open(); }
  /// Serves one client after the other until close().
  Awaitable<void> run();
  /// What is under way fails at once.
  void close();

  session::HostLink& client() { return client_; }
  const session::HostLink& client() const { return client_; }
  /// A line about the link.
  void report(Notice::Severity severity, const std::string& text) const;

 private:
  Notify notify_;
  session::HostLink client_;
  bool closed_ = false;
  async::Event closing_;
};

}  // namespace vscard::pcsc_bridge::reader
