#pragma once

#include "cards/pcsc/library.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::run {

/// What a PC/SC program sees of a private service's readers. A process has one view: libpcsclite
/// keeps to the first service that it was shown.
class ServiceView {
 public:
  /// Before any call of libpcsclite. `socket` need not be there yet.
  explicit ServiceView(const std::filesystem::path& socket);

  /// Which of the readers there are and hold a card, by the names of reader_conf(). All false while
  /// the service is not there.
  struct State {
    bool present = false;
    bool card = false;
  };
  std::vector<State> look(const std::vector<std::string>& names);

 private:
  std::optional<cards::pcsc::Context> context_;
};

}  // namespace vscard::pcsc_bridge::run
