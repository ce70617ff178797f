#pragma once

#include "async/event.hpp"
#include "async/worker.hpp"
#include "capture/files.hpp"
#include "capture/recorder.hpp"
#include "capture/spec.hpp"
#include "protocol/failure.hpp"

#include <string>
#include <string_view>

namespace vscard::capture {

/// The comment on a packet in which zeros stand for something else.
inline constexpr std::string_view kBlanked = "what may be a PIN or a key is zeros here";

/// A capture of what passes a program, in pcapng files. Adding a packet never waits: a thread
/// writes. When the disk fails, a line tells so once, and nothing more is captured.
class Capture {
 public:
  /// Makes the thread, which uses files as this one may at that time.
  explicit Capture(const Spec& spec);

  /// Makes the first file. The error is a line for the user.
  Result<> open();
  /// Writes what is added, until the file cannot be written.
  Awaitable<void> run();
  /// Writes the rest, for as long as the disk takes. Nothing is to be added afterwards.
  void close();

  // As Recorder; does nothing once a file could not be written.
  InterfaceId add(InterfaceBlock interface, Recorder::Opening opening = {});
  void remove(InterfaceId id);
  void add(InterfaceId id, const Recorder::Packet& packet);

 private:
  Result<> write(const Recorder::Pieces& pieces);
  void give_up(const Failure& failure);
  void tell_dropped() const;

  std::string path_;
  Recorder recorder_;
  Files files_;               ///< after open(), the worker's
  Recorder::Pieces writing_;  ///< the worker's, while it has a job
  async::Event added_;
  bool failed_ = false;
  async::Worker worker_;  ///< last: it uses the others
};

}  // namespace vscard::capture
