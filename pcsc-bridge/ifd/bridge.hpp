#pragma once

#include "pcsc-bridge/ifd/channel_options.hpp"
#include "pcsc-bridge/ifd/io_thread.hpp"
#include "pcsc-bridge/ifd/reader.hpp"
#include "pcsc-bridge/ifd/slot.hpp"
#include "protocol/bytes.hpp"

#include <expected>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace vscard::ifd {

/// pcscd's number of a reader: 0xRRRRSSSS, where S, the slot, is always 0.
enum class Lun : unsigned long {};

/// The readers that pcscd has opened, and the thread that serves them: it starts with the first one
/// and ends with the last. Every method may be called on any thread, and none waits without limit.
class Bridge {
 public:
  /// The error is a line for the user.
  std::expected<void, std::string> open(Lun lun, std::string_view device);
  /// What is under way on the reader fails at once.
  void close(Lun lun);

  /// Sends a command and waits for its answer.
  Answer transmit(Lun lun, protocol::Bytes command);

  /// None: there is no such reader.
  std::shared_ptr<Slot> slot(Lun lun) const;
  std::optional<ChannelOptions> options(Lun lun) const;

 private:
  struct Channel {
    ChannelOptions options;
    std::shared_ptr<Slot> slot;    ///< pcscd's threads may still wait for it when it is closed
    std::weak_ptr<Reader> reader;  ///< to be locked on the I/O thread, which owns it
    std::future<void> ended;       ///< of the reader
  };

  mutable std::mutex mutex_;
  std::optional<IoThread> io_;
  std::map<Lun, Channel> channels_;
};

}  // namespace vscard::ifd
