#pragma once

#include "pcsc-bridge/ifd/io_loop.hpp"
#include "pcsc-bridge/reader/reader.hpp"
#include "pcsc-bridge/reader/slot.hpp"
#include "protocol/bytes.hpp"
#include "protocol/failure.hpp"

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace vscard::pcsc_bridge::ifd {

/// pcscd's number of a reader: 0xRRRRSSSS, where S, the slot, is always 0.
enum class Lun : unsigned long {};

/// The readers that pcscd has opened, each with a loop of its own. Every method may be called on
/// any thread, and none waits without limit.
class Bridge {
 public:
  /// The error is a line for the user.
  Result<> open(Lun lun, std::string_view device);
  /// What is under way on the reader fails at once.
  void close(Lun lun);

  /// None: there is no such reader.
  std::shared_ptr<reader::Channel> find(Lun lun) const;
  /// Sends a command and waits for its answer.
  reader::Answer transmit(Lun lun, protocol::Bytes command);
  /// Powers the card down or resets it, before its next command.
  void power(Lun lun, protocol::vsc::PowerAction action);

 private:
  struct Served {
    std::shared_ptr<reader::Channel> channel;
    std::shared_ptr<IoLoop> loop;
    std::weak_ptr<reader::Reader> reader;  ///< to be locked in the loop, which owns it
    std::future<void> ended;               ///< the reader is gone
  };

  /// Of a reader that may be closed meanwhile.
  struct InUse {
    std::shared_ptr<IoLoop> loop;
    std::weak_ptr<reader::Reader> reader;
    protocol::Duration limit;  ///< of a command
  };

  std::optional<InUse> use(Lun lun) const;
  static Served start(std::shared_ptr<reader::Channel> channel, std::shared_ptr<IoLoop> loop,
                      std::shared_ptr<reader::Reader> reader);
  static void look_when_seen(const Served& served);

  mutable std::mutex mutex_;
  std::map<Lun, Served> readers_;
};

}  // namespace vscard::pcsc_bridge::ifd
