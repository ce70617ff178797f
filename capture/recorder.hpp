#pragma once

#include "capture/pcapng.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vscard::capture {

enum class InterfaceId : std::uint32_t {};

/// Makes pcapng files of packets, as pieces that somebody else writes: no file, no clock. Each file
/// is complete: it begins with all interfaces and their openings, and ends with their statistics.
/// What is not taken yet is bounded; a packet that does not fit is dropped and counted.
class Recorder {
 public:
  static constexpr std::size_t kMaxQueued = std::size_t{4} << 20;  ///< bytes

  /// What is to be written next.
  struct Piece {
    bool begins_file = false;
    Container bytes;  ///< whole blocks
    bool operator==(const Piece&) const = default;
  };
  using Pieces = std::vector<Piece>;

  /// A packet without its interface's number.
  struct Packet {
    Moment when;
    protocol::Bytes head;
    protocol::Bytes body;
    std::string_view comment = {};
  };
  /// Adds packets without which Wireshark does not understand the others: again in each file.
  using Add = std::function<void(const Packet&)>;
  using Opening = std::function<void(InterfaceId id, const Add& add)>;

  /// A file gets no packet beyond `max_size` bytes, but one at least; 0: there is no limit.
  explicit Recorder(std::string application, std::uint64_t max_size = 0);

  InterfaceId add(InterfaceBlock interface, Opening opening = {});
  /// It has no more packets.
  void remove(InterfaceId id, Moment when);
  void add(InterfaceId id, const Packet& packet);
  /// There are no more packets.
  void finish(Moment when);

  bool empty() const { return pieces_.empty(); }
  /// In this order.
  Pieces take();
  /// Pieces that were written: their memory serves for the next ones. Fresh memory would cost more
  /// than what is put into it.
  void reuse(Pieces written);
  /// Packets of all interfaces.
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Interface {
    InterfaceBlock block;
    Opening opening;
    std::uint32_t number = 0;  ///< in this file
    std::uint64_t received = 0;
    std::uint64_t dropped = 0;
  };
  Container& open_piece();
  void begin_file();
  void introduce(InterfaceId id, Interface& interface);
  void add_statistics(const Interface& interface, Moment when);
  void write(const Interface& interface, const Packet& packet);
  void note_growth(std::size_t before);

  std::string application_;
  std::uint64_t max_size_;
  std::map<InterfaceId, Interface> interfaces_;
  std::uint32_t last_id_ = 0;
  std::uint32_t numbers_ = 0;      ///< of interfaces, in this file
  std::uint64_t file_size_ = 0;    ///< so far
  bool file_has_packets_ = false;  ///< beside the openings
  Pieces pieces_;
  Container spare_;         ///< empty, of a piece that was written
  std::size_t queued_ = 0;  ///< bytes in pieces_
  std::uint64_t dropped_ = 0;
};

}  // namespace vscard::capture
