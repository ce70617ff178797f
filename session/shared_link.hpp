#pragma once

#include "async/event.hpp"
#include "session/client_link.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace vscard::session {

/// A VSC link for several cards: to each it is as one of its own, where its reader has the number
/// 0. The host has one connection, on which each card has a reader, in the order of share(). To be
/// used on one executor.
class SharedLink final : private CardSide {
 public:
  SharedLink(const asio::any_io_executor& executor, const VscLinkOptions& options);

  /// A further card's way to the hosts, which this object and `card` outlive. What there is to tell
  /// about the link is told once, by the first one's `notify`.
  std::unique_ptr<CardHosts> share(CardSide& card, Notify notify,
                                   std::function<void()> remote_changed);

 private:
  class Share;
  struct Sharer {
    CardSide* card = nullptr;
    Notify notify;
    std::function<void()> remote_changed;
  };

  void perform(protocol::vsc::VscClient::Action action) override;
  void host_has_gone() override;
  void host_has_answered() override;
  Result<> open();
  Awaitable<Result<>> run(const Sharer& sharer);

  std::vector<std::unique_ptr<Sharer>> sharers_;  ///< by the number of their reader
  ClientLink link_;
  bool opened_ = false;
  bool over_ = false;
  async::Event ended_;
};

}  // namespace vscard::session
