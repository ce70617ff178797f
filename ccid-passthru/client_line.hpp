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
  /// A reader other than the first is gone.
  void forget(protocol::vsc::ReaderId number) { readers_.erase(number); }
  /// All but the first lose the line, and it ends.
  void leave();

 private:
  void perform(protocol::vsc::VscHost::Action action) override;
  bool settled() const override;
  LineReader* find(protocol::vsc::ReaderId number) const;

  MakeBeside make_beside_;
  std::map<protocol::vsc::ReaderId, LineReader*> readers_;
  session::HostLink link_;
};

}  // namespace vscard::ccid_passthru
