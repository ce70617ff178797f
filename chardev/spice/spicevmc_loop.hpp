#pragma once

#include "chardev/asio.hpp"

#include <functional>
#include <spice.h>
#include <unordered_set>

namespace vscard::chardev::spicevmc {

/// libspice-server's timers and watches on an executor. Only one can be there at a time: the
/// library's calls do not say whose they are.
class Loop {
 public:
  /// `linked` is told of every channel that a client has been admitted to.
  using Linked = std::function<void(const SpiceChannelEventInfo&)>;
  Loop(asio::any_io_executor executor, Linked linked);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  /// As long as this object lives.
  SpiceCoreInterface* interface() { return &interface_; }
  /// Does the library wait for something at this descriptor? It does at each that it has not closed
  /// or given to its display thread.
  bool watches(int descriptor) const { return watched_.contains(descriptor); }

 private:
  static SpiceTimer* add_timer(SpiceTimerFunc function, void* opaque) noexcept;
  static SpiceWatch* add_watch(int descriptor, int events, SpiceWatchFunc function,
                               void* opaque) noexcept;
  static void remove_watch(SpiceWatch* watch) noexcept;
  static void tell(int event, SpiceChannelEventInfo* info) noexcept;

  static Loop* current_;

  asio::any_io_executor executor_;
  Linked linked_;
  std::unordered_multiset<int> watched_;
  SpiceCoreInterface interface_;
};

}  // namespace vscard::chardev::spicevmc
