#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace vscard::pcsc_bridge::run {

/// What a PC/SC program sees of readers, asked through libpcsclite. Used by one process once: the
/// library keeps to the first service that it was shown.
class PcscReaders {
 public:
  /// `socket` need not be there yet.
  explicit PcscReaders(const std::filesystem::path& socket);
  PcscReaders(const PcscReaders&) = delete;
  PcscReaders& operator=(const PcscReaders&) = delete;
  ~PcscReaders();

  /// Which of the readers there are and hold a card, by the names of reader_conf(). All false while
  /// the service is not there.
  struct State {
    bool present = false;
    bool card = false;
  };
  std::vector<State> look(const std::vector<std::string>& names);

 private:
  long context_ = 0;
  bool established_ = false;
};

}  // namespace vscard::pcsc_bridge::run
