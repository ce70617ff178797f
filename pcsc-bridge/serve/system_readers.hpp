#pragma once

#include "cards/pcsc/watcher.hpp"
#include "pcsc-bridge/pcsc/resource_manager.hpp"
#include "pcsc-bridge/serve/system_session.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace vscard::pcsc_bridge::serve {

/// libpcsclite is to find the machine's service, though PCSCLITE_CSOCK_NAME leads to `own`, the
/// socket of this one. Before the first call of libpcsclite. False: `own` is the machine's.
bool look_beyond(const std::string& own);
/// The same; and it is to tell of another's transaction, as long as it can, in place of waiting for
/// its end.
bool lead_to_system(const std::string& own);
/// In a child of this process: what lead_to_system() has changed is not for its program.
Result<> forget_system();

/// The readers of the machine's own PC/SC service: it is followed through its ends and beginnings,
/// and gets the calls of our programs.
class SystemReaders {
 public:
  /// What there is, after each change; or why that is not known.
  using Changed = std::function<void(const cards::pcsc::Answer<cards::pcsc::ReaderStates>&)>;
  using Answered = std::function<void(pcsc::ResourceManager::Ask)>;

  /// Both are called on the executor.
  SystemReaders(asio::any_io_executor executor, Changed changed, Answered answered);

  /// It comes back as the answer, or not at all when forget() comes before.
  void ask(pcsc::ResourceManager::Ask ask);
  void forget(pcsc::ConnectionId connection);
  /// Gives everything back, within that time. False: the service does not return from a call, so
  /// only _Exit ends the process.
  bool end(asio::io_context& io, protocol::Duration patience = kEndPatience);

 private:
  static constexpr std::chrono::seconds kEndPatience{2};

  SystemSession* session_of(pcsc::ConnectionId connection);

  asio::any_io_executor executor_;
  Answered answered_;
  std::map<pcsc::ConnectionId, std::shared_ptr<SystemSession>> sessions_;
  std::size_t leaving_ = 0;       ///< sessions that are none of these any more
  cards::pcsc::Watcher watcher_;  ///< last: it reports to `changed`
};

}  // namespace vscard::pcsc_bridge::serve
