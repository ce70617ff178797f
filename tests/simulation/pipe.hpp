#pragma once

#include "protocol/bytes.hpp"
#include "tests/simulation/surroundings.hpp"

#include <memory>
#include <vector>

namespace vscard::tests::simulation {

/// Reads a stream as it comes.
class StreamReader {
 public:
  StreamReader() = default;
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;
  virtual ~StreamReader() = default;

  /// Some bytes, at least one.
  virtual void receive(protocol::Bytes bytes) = 0;
  virtual void stream_ended() = 0;
};

/// One direction of a connection: bytes come in their order, in any pieces, at any time; or, from
/// some byte on, not at all. Held by shared_ptr: what is under way outlives the connection's ends.
class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  explicit Pipe(Surroundings& around) : around_(around) {}

  /// What comes before waits. `reader` lives until detach().
  void attach(StreamReader& reader);
  void detach();

  void write(protocol::Bytes bytes);
  /// The reader sees the end after what was written.
  void finish();
  /// What is under way is lost, and so is what is written from now on. The reader sees the end
  /// after `unnoticed`.
  void cut(Duration unnoticed);
  /// So slow, or cut, that a side may think that the other does not answer.
  bool disturbed() const { return disturbed_; }

 private:
  void move();
  void arrive();
  Duration delay();

  Surroundings& around_;
  StreamReader* reader_ = nullptr;
  std::vector<std::uint8_t> under_way_;
  bool moving_ = false;  ///< arrive() will be called
  bool finished_ = false;
  bool cut_ = false;
  bool disturbed_ = false;
};

}  // namespace vscard::tests::simulation
