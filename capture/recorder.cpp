#include "capture/recorder.hpp"

#include <utility>

namespace vscard::capture {
namespace {

/// Bytes of a packet's block beside the packet and the comment, with what both are padded to.
constexpr std::size_t kPacketOverhead = 32 + 12 + 6;

/// Bytes: a burst is not kept for ever.
constexpr std::size_t kMaxSpare = std::size_t{1} << 20;

std::size_t size_of(const Recorder::Packet& packet) {
  return kPacketOverhead + packet.head.size() + packet.body.size() + packet.comment.size();
}

}  // namespace

Recorder::Recorder(std::string application, std::uint64_t max_size)
    : application_(std::move(application)), max_size_(max_size) {
  begin_file();
}

InterfaceId Recorder::add(InterfaceBlock interface, Opening opening) {
  const InterfaceId id{++last_id_};
  Interface& added = interfaces_[id];
  added.block = std::move(interface);
  added.opening = std::move(opening);
  introduce(id, added);
  return id;
}

void Recorder::remove(InterfaceId id, Moment when) {
  const auto found = interfaces_.find(id);
  if (found == interfaces_.end()) return;
  add_statistics(found->second, when);
  interfaces_.erase(found);
}

void Recorder::add(InterfaceId id, const Packet& packet) {
  const auto found = interfaces_.find(id);
  if (found == interfaces_.end()) return;
  Interface& interface = found->second;
  if (queued_ + size_of(packet) > kMaxQueued) {
    ++interface.received;
    ++interface.dropped;
    ++dropped_;
    return;
  }
  if (max_size_ != 0 && file_has_packets_ && file_size_ + size_of(packet) > max_size_) {
    finish(packet.when);
    begin_file();
  }
  file_has_packets_ = true;
  ++interface.received;
  write(interface, packet);
}

void Recorder::finish(Moment when) {
  for (const auto& [id, interface] : interfaces_) add_statistics(interface, when);
}

Recorder::Pieces Recorder::take() {
  queued_ = 0;
  return std::exchange(pieces_, {});
}

void Recorder::reuse(Pieces written) {
  if (written.empty() || written.back().bytes.capacity() > kMaxSpare) return;
  spare_ = std::move(written.back().bytes);
  spare_.clear();
}

Container& Recorder::open_piece() {
  if (pieces_.empty()) {
    pieces_.push_back({.begins_file = false, .bytes = std::exchange(spare_, {})});
  }
  return pieces_.back().bytes;
}

void Recorder::begin_file() {
  pieces_.push_back({.begins_file = true, .bytes = {}});
  file_size_ = 0;
  file_has_packets_ = false;
  numbers_ = 0;
  append_section(open_piece(), application_);
  note_growth(0);
  for (auto& [id, interface] : interfaces_) introduce(id, interface);
}

void Recorder::introduce(InterfaceId id, Interface& interface) {
  interface.number = numbers_++;
  const std::size_t before = open_piece().size();
  append(open_piece(), interface.block);
  note_growth(before);
  if (!interface.opening) return;
  interface.opening(id, [this, &interface](const Packet& packet) { write(interface, packet); });
}

void Recorder::add_statistics(const Interface& interface, Moment when) {
  const std::size_t before = open_piece().size();
  append(open_piece(), StatisticsBlock{.interface = interface.number,
                                       .when = when,
                                       .received = interface.received,
                                       .dropped = interface.dropped});
  note_growth(before);
}

void Recorder::write(const Interface& interface, const Packet& packet) {
  const std::size_t before = open_piece().size();
  append(open_piece(), PacketBlock{.interface = interface.number,
                                   .when = packet.when,
                                   .head = packet.head,
                                   .body = packet.body,
                                   .comment = packet.comment});
  note_growth(before);
}

/// … of the last piece, which had so many bytes.
void Recorder::note_growth(std::size_t before) {
  const std::size_t grown = pieces_.back().bytes.size() - before;
  queued_ += grown;
  file_size_ += grown;
}

}  // namespace vscard::capture
