#pragma once

#include "session/host_link.hpp"

#include <functional>
#include <map>

namespace vscard::ccid_passthru {

/// A reader that a line has a card for, or not.
class LineReader {
 public:
  LineReader() = default;
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  virtual ~LineReader() = default;

  /// What the link says of this reader.
  virtual void perform(protocol::vsc::VscHost::Action action) = 0;
  /// The guest has seen every change of its card so far.
  virtual bool settled() const = 0;
  /// The line has another client, or none.
  virtual void client_changed() = 0;
  /// The line has ended: nothing comes from it any more, and nothing may be asked of it.
  virtual void lose_line() = 0;
};

/// Makes a reader for a further card of a client, in the place of this number, and open; null: it
/// cannot, and has said why.
using MakeBeside = std::function<LineReader*(protocol::vsc::ReaderId number)>;

/// A VSC link and the readers that its client's cards are in: the first one, and those that were
/// made for further cards, which stay for the next ones. To be used on one executor.
class ClientLine final : private session::ReaderSide {
 public:
  /// `first` outlives it.
  ClientLine(const asio::any_io_executor& executor, const session::VscLinkOptions& options,
             LineReader& first, Notify notify, MakeBeside make_beside);

  session::HostLink& link() { return link_; }
  const session::HostLink& link() const { return link_; }
  /// A reader other than the first is gone. Its card, if the client has one there, gets no other by
  /// itself.
  void forget(protocol::vsc::ReaderId number);
  /// The client's readers that have none here, and why.
  std::map<protocol::vsc::ReaderId, protocol::vsc::Use> without_reader() const;
  /// … one of them is to have one. False: it cannot be made, which was said.
  bool offer(protocol::vsc::ReaderId number);
  /// All but the first lose the line, and it ends.
  void leave();

 private:
  void perform(protocol::vsc::VscHost::Action action) override;
  bool settled() const override;
  LineReader* find(protocol::vsc::ReaderId number) const;
  LineReader* make(protocol::vsc::ReaderId number);
  void withdraw(protocol::vsc::ReaderId number, protocol::vsc::Use why);

  MakeBeside make_beside_;
  std::map<protocol::vsc::ReaderId, LineReader*> readers_;
  std::map<protocol::vsc::ReaderId, protocol::vsc::Use> at_client_;
  session::HostLink link_;
};

}  // namespace vscard::ccid_passthru
