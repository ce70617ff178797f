#pragma once

#include "pcsc-bridge/pcsc/message.hpp"

#include <map>
#include <optional>

namespace vscard::pcsc_bridge::serve {

/// What a program has at the machine's own PC/SC service: a context and handles, as if it were
/// connected there. All calls block, as long as a card or another program keeps them.
class SystemCalls {
 public:
  SystemCalls() = default;
  SystemCalls(const SystemCalls&) = delete;
  SystemCalls& operator=(const SystemCalls&) = delete;
  /// As a program that ends: a card in the middle of a transaction is reset.
  ~SystemCalls();

  /// Makes the call, one that names a handle, through libpcsclite, and fills it in. It gives
  /// ReaderUnavailable when the service was lost, and the program's handles with it.
  void make(pcsc::Request& request);
  /// Ends a transaction that begin() has just given to nobody.
  void let_go(pcsc::HandleId card);

 private:
  void perform(pcsc::Connect& call);
  void perform(pcsc::Reconnect& call) const;
  void perform(pcsc::Disconnect& call);
  void perform(pcsc::Begin& call) const;
  void perform(pcsc::End& call) const;
  void perform(pcsc::Status& call) const;
  void perform(pcsc::GetAttribute& call) const;
  void perform(pcsc::SetAttribute& call) const;
  /// `data` follows the call, then its answer.
  void perform(pcsc::Transmit& call, pcsc::SecretBytes& data) const;
  void perform(pcsc::Control& call, pcsc::SecretBytes& data) const;

  pcsc::Code connect(pcsc::Connect& call);
  /// 0, which is no handle: the service was lost since it was made.
  long handle(pcsc::HandleId card) const;
  void leave();

  std::optional<long> context_;             ///< SCARDCONTEXT
  std::map<pcsc::HandleId, long> handles_;  ///< SCARDHANDLE
};

}  // namespace vscard::pcsc_bridge::serve
