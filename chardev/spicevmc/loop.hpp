#pragma once

#include "async/awaitable.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <spice.h>
#include <string>
#include <unordered_set>

namespace vscard::chardev::spicevmc {

/// libspice-server's timers and watches on an executor. Only one can be there at a time: the
/// library's calls do not say whose they are.
class Loop {
 public:
  struct Events {
    /// A client was admitted to a channel, at this descriptor.
    std::function<void(int, const SpiceChannelEventInfo&)> admitted;
    /// blocked() is over. Not called from within the library.
    std::function<void()> unblocked;
    /// Who is at the other end of a descriptor, for log lines; empty: nobody.
    std::function<std::string(int)> name;
  };
  Loop(asio::any_io_executor executor, Events events);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  /// As long as this object lives.
  SpiceCoreInterface* interface() { return &interface_; }
  /// Does the library wait for something at this descriptor? It does at each that it has not closed
  /// or given to its display thread.
  bool watches(int descriptor) const { return watched_.contains(descriptor); }
  /// Does a client read more slowly than the library has to write?
  bool blocked() const { return writers_ > 0; }
  /// The client that the library is at work for, in this thread; empty: none.
  static std::string client_at_work();

 private:
  static SpiceTimer* add_timer(SpiceTimerFunc function, void* opaque) noexcept;
  static SpiceWatch* add_watch(int descriptor, int events, SpiceWatchFunc function,
                               void* opaque) noexcept;
  static void update_watch(SpiceWatch* watch, int events) noexcept;
  static void remove_watch(SpiceWatch* watch) noexcept;
  static void tell(int event, SpiceChannelEventInfo* info) noexcept;

  void count_writer(bool before, bool now);

  asio::any_io_executor executor_;
  Events events_;
  std::unordered_multiset<int> watched_;
  std::size_t writers_ = 0;      ///< watches that wait to write
  std::shared_ptr<Loop*> self_;  ///< null when this object is gone
  SpiceCoreInterface interface_;
};

}  // namespace vscard::chardev::spicevmc
