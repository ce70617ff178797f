#pragma once

#include "chardev/nats/message.hpp"
#include "protocol/time.hpp"

#include <chrono>
#include <list>
#include <optional>
#include <span>
#include <system_error>

namespace vscard::chardev::nats {

/// A side that has nothing to send says so often that it is there.
inline constexpr std::chrono::seconds kTellEvery{5};
/// A side from which nothing comes for so long has gone.
inline constexpr std::chrono::seconds kSilence{16};

/// One end of a byte stream over messages that may be lost. It counts the bytes of each direction,
/// so that the bytes it gives are those that were sent, in their order, and each once; where one is
/// missing, the stream ends. Nothing is sent again: what must not be lost has a protocol above that
/// can resume. What comes twice is dropped.
///
/// After each call, next() gives what is to be sent, until it gives nothing.
class Flow {
 public:
  /// Both ends count from the same number.
  explicit Flow(protocol::Time now, Count begin = 0)
      : sent_(begin),
        peer_read_(begin),
        received_(begin),
        read_(begin),
        told_read_(begin),
        heard_(now),
        told_(now) {}

  /// The message with as many of the bytes as the other end has room for, at most `limit`. Nothing:
  /// none now. Valid as long as the bytes.
  std::optional<Data> write(protocol::Bytes bytes, std::size_t limit, protocol::Time now);
  /// Moves bytes that have come into `into`; how many.
  std::size_t read(std::span<std::uint8_t> into);
  void got(const Message& message, protocol::Time now);
  /// It ends with the error, and the other end is not told.
  void fail(std::error_code error);
  /// This side ends it with the error, and tells the other end.
  void end(std::error_code error);

  /// Is there a reason to ask the server whether the other end is still there?
  bool doubtful(protocol::Time now) const;
  /// A sign of life, whether or not one is due. Precondition: it has not ended.
  Data status(protocol::Time now);

  /// What is to be sent: what was read, a sign of life, or the end.
  std::optional<Message> next(protocol::Time now);

  /// Why read() gives no more bytes. No error: it may, now or later.
  std::error_code read_end() const { return unread_.empty() ? end_ : std::error_code(); }
  /// Why write() takes no more bytes.
  std::error_code write_end() const { return end_; }
  bool ended() const { return static_cast<bool>(end_); }

 private:
  void got_data(const Data& data);
  void got_close(const Close& close);
  void keep(protocol::Bytes bytes);
  bool note_read(Count read);

  Count sent_;                               ///< bytes, by this side
  Count peer_read_;                          ///< of them, by the other side
  Count received_;                           ///< bytes of the other side's
  Count read_;                               ///< of them, by this side
  Count told_read_;                          ///< what the other side knows of that
  std::list<protocol::SecretBytes> unread_;  ///< of which most streams have none
  std::size_t unread_at_ = 0;                ///< bytes of the first one that were read
  protocol::Time heard_;                     ///< when the last message came
  protocol::Time told_;                      ///< when the last one was sent
  std::error_code end_;                      ///< no error: the stream is open
  bool farewell_ = false;                    ///< the other side is to be told of the end
};

}  // namespace vscard::chardev::nats
