#pragma once

#include "pcsc-bridge/pcsc/slot.hpp"
#include "pcsc-bridge/pcsc/turns.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::pcsc_bridge::pcsc {

enum class ReaderId : std::uint32_t {};

/// How many states the versions before 4:6 have, and the least that 4:6 is told.
inline constexpr std::size_t kOldStates = 16;

/// A reader, with those who wait for it.
struct Reader {
  /// A command that the card works on, or that waits for that.
  struct Command {
    ConnectionId connection{};
    Request request;                          ///< a Transmit
    Protocols protocol = kUndefinedProtocol;  ///< that it is sent with
  };
  /// What programs have been told to look at.
  struct Shown {
    std::uint32_t events = 0;
    int users = 0;  ///< -1: one alone, 1: some
    bool operator==(const Shown&) const = default;
  };

  std::string name;
  std::string serial;
  std::size_t max_command = 0;  ///< bytes, the card's client's
  Slot slot;
  Turns turns;
  std::optional<Command> command;  ///< at the card
  std::deque<Command> commands;    ///< behind it
  Shown shown;
};

/// A reader of another PC/SC service, as that one shows it. Who may use it is decided there.
struct ForeignReader {
  std::string name;  ///< at most kReaderName - 1 bytes
  std::uint32_t events = 0;
  std::uint32_t bits = 0;
  std::int32_t sharing = 0;
  std::optional<Atr> card = {};
  Protocols protocol = kUndefinedProtocol;
  bool operator==(const ForeignReader&) const = default;
};

/// The readers that programs see, each in its place as long as it is there.
class Readers {
 public:
  Reader& add(ReaderId id, std::string name, std::string serial);
  void remove(ReaderId id);
  /// Null: there is none.
  Reader* find(ReaderId id);
  std::optional<ReaderId> find(std::string_view name) const;
  /// True: it has come, or another one with its number, or it is not as it was.
  bool show_foreign(ReaderId id, ForeignReader reader);
  ForeignReader* find_foreign(ReaderId id);
  std::optional<ReaderId> find_foreign(std::string_view name) const;
  /// How often one came or went, as programs compare it: 1 to 0x7fff.
  std::uint32_t events() const { return events_; }
  /// How many states a program of 4:6 is told. That never falls: libpcsclite keeps the first number
  /// that it was told, and takes a smaller one for a fault.
  std::size_t state_count() const { return state_count_; }
  /// In the order of their places, the foreign ones last. Valid until the next change.
  std::vector<ReaderState> states() const;

  std::map<ReaderId, Reader>& all() { return readers_; }
  const std::map<ReaderId, Reader>& all() const { return readers_; }

 private:
  void count_event();
  void make_room();

  std::map<ReaderId, Reader> readers_;
  std::map<ReaderId, ForeignReader> foreign_;
  std::uint32_t events_ = 1;
  std::size_t state_count_ = kOldStates;
};

}  // namespace vscard::pcsc_bridge::pcsc
