#pragma once

#include <cstdint>
#include <spice.h>
#include <vector>

namespace vscard::chardev::spicevmc {

/// A small black screen on which nothing happens: remote-viewer and spicy open the card channel of
/// a server that has a display, and of no other.
class Display {
 public:
  Display();
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;
  ~Display() = default;

  /// For spice_server_add_interface(); then show().
  SpiceBaseInstance* instance() { return &instance_.base; }
  void show();

 private:
  QXLInstance instance_{};
  std::vector<std::uint32_t> pixels_;  ///< read by the library's display thread
};

}  // namespace vscard::chardev::spicevmc
