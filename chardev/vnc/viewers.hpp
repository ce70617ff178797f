#pragma once

#include "async/event.hpp"
#include "chardev/stream.hpp"

#include <list>
#include <memory>

namespace vscard::chardev::vnc {

/// Clients that came for a picture: what they and the server say to each other passes unread.
class Viewers {
 public:
  /// Passes on until one side has closed. False: there are too many, both are closed.
  static bool serve(const asio::any_io_executor& executor, const std::shared_ptr<Viewers>& viewers,
                    std::unique_ptr<Stream> client, std::unique_ptr<Stream> server);
  /// All of them, and those that come later.
  void end();

 private:
  using Entry = std::list<async::Event>::iterator;
  static Awaitable<void> pass(std::shared_ptr<Viewers> viewers, Entry self,
                              std::unique_ptr<Stream> client, std::unique_ptr<Stream> server);

  std::list<async::Event> served_;  ///< an entry for each; notified, it ends
  bool ended_ = false;
};

}  // namespace vscard::chardev::vnc
