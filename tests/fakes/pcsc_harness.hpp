#pragma once

#include "pcsc-bridge/pcsc/codec.hpp"
#include "pcsc-bridge/pcsc/resource_manager.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace vscard::fakes {

/// Several hostile PC/SC programs, three readers, one of another service and a clock around a
/// ResourceManager, and the account of what these owe each other: a request has one answer of the
/// right size, a handle that is another's closes the connection, a reader has one command at a
/// time, a transaction has one owner, and when the others have gone everybody has an answer.
class PcscHarness {
 public:
  static constexpr std::size_t kPrograms = 4;
  static constexpr std::size_t kReaders = 3;

  PcscHarness() : manager_([this] { return ++number_; }) {
    for (std::size_t i = 0; i < kReaders; ++i) toggle_reader(i);
    for (std::size_t i = 0; i < kPrograms; ++i) connect(i);
  }

  /// The rule that was broken first, or "".
  const std::string& wrong() const { return wrong_; }

  /// A call that a libpcsclite could make. `which` chooses among all handles and contexts that
  /// there are, those of others too; `value` is what else it says.
  void call(std::size_t program, pcsc_bridge::pcsc::Command command, std::uint8_t which,
            std::uint8_t value);
  /// Bytes of a program that is none.
  void send_bytes(std::size_t program, protocol::Bytes bytes) {
    programs_[program].raw = true;  // its answers are not counted any more
    receive(program, bytes);
  }
  void hang_up(std::size_t program) {
    const ConnectionId gone = programs_[program].id;
    forget(program);
    connect(program);
    perform(manager_.disconnect(gone, now_));
  }
  void toggle_reader(std::size_t reader);
  void toggle_card(std::size_t reader, std::uint8_t kind);
  void respond(std::size_t reader, std::size_t size);
  /// The other service's reader comes, changes or goes.
  void show_foreign(std::uint8_t kind);
  /// What has waited longest for the other service is answered.
  void answer(std::uint8_t kind);
  void wait(std::chrono::milliseconds time) {
    now_ += time;
    perform(manager_.expire(now_));
    const auto due = manager_.deadline();
    check(!due || *due > now_, "a deadline that has passed is still there");
  }
  /// All programs but one hang up, cards answer and time passes: then that one is owed nothing.
  void end();

 private:
  using Manager = pcsc_bridge::pcsc::ResourceManager;
  using ConnectionId = pcsc_bridge::pcsc::ConnectionId;
  using HandleId = pcsc_bridge::pcsc::HandleId;
  using ContextId = pcsc_bridge::pcsc::ContextId;
  using ReaderId = pcsc_bridge::pcsc::ReaderId;
  using Code = pcsc_bridge::pcsc::Code;

  static constexpr std::uint32_t kFirstNumber = 0x10000;

  struct Asked {
    pcsc_bridge::pcsc::Call call;
    std::size_t size = 0;  ///< of its answer, without data
  };
  struct Program {
    ConnectionId id{};
    std::deque<Asked> asked;
    std::optional<ContextId> context;
    std::map<HandleId, ReaderId> handles;
    bool waits = false;  ///< for an event
    bool old = false;    ///< speaks 4:4
    bool raw = false;
  };
  struct Reader {
    ReaderId id{};
    bool there = false;
    bool card = false;
    bool working = false;
    std::optional<HandleId> owner;
  };

  void check(bool right, const char* rule) {
    if (!right && wrong_.empty()) wrong_ = rule;
  }
  void connect(std::size_t program) {
    programs_[program] = {};
    programs_[program].id = ConnectionId{++last_connection_};
    manager_.connect(programs_[program].id);
  }
  void forget(std::size_t program);
  void receive(std::size_t program, protocol::Bytes bytes) {
    perform(manager_.receive(programs_[program].id, bytes, now_));
  }
  Program* find(ConnectionId id) {
    auto* const found = std::ranges::find(programs_, id, &Program::id);
    return found == programs_.end() ? nullptr : &*found;
  }
  Reader* find(ReaderId id) {
    auto* const found = std::ranges::find(readers_, id, &Reader::id);
    return found == readers_.end() || !found->there ? nullptr : &*found;
  }
  HandleId handle(std::uint8_t which) const;
  void perform(Manager::Actions actions);
  static bool is_event(const Program& program, protocol::Bytes bytes);
  void take(Program& program, protocol::Bytes bytes);
  void answered(Program& program, pcsc_bridge::pcsc::Call& call, protocol::Bytes bytes);
  void take(Manager::Ask ask);
  void forget_abroad(ConnectionId id) {
    std::erase_if(asks_, [id](const Manager::Ask& ask) { return ask.from == id; });
    check(abroad_.erase(id) == 1, "another service is to forget whom it does not know");
  }
  void unlock(HandleId card) {
    for (Reader& reader : readers_) {
      if (reader.owner == card) reader.owner.reset();
    }
  }

  std::string wrong_;
  std::uint32_t number_ = kFirstNumber;
  Manager manager_;
  protocol::Time now_{};
  std::array<Program, kPrograms> programs_;
  std::array<Reader, kReaders> readers_;
  std::optional<ReaderId> foreign_;  ///< while it is there
  std::deque<Manager::Ask> asks_;
  std::map<ConnectionId, std::set<HandleId>> abroad_;  ///< what the other service has for each
  std::uint64_t last_connection_ = 0;
  std::uint32_t last_reader_ = 0;
};

}  // namespace vscard::fakes
