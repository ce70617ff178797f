#include "tests/pcsc-bridge/pcsc/recording.hpp"

#include "pcsc-bridge/pcsc/codec.hpp"
#include "pcsc-bridge/pcsc/resource_manager.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <set>
#include <utility>

namespace vscard::pcsc_bridge::pcsc {
namespace {

using test::RecordedLine;
using Kind = RecordedLine::Kind;
using Buffer = std::vector<std::uint8_t>;

constexpr std::ptrdiff_t kAtrAt = 140;  ///< in a state
constexpr std::ptrdiff_t kAtrLengthAt = 176;

std::uint32_t word_at(Bytes bytes, std::size_t at) {
  std::array<std::uint8_t, 4> word{};
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 4, word.begin());
  return std::bit_cast<std::uint32_t>(word);
}

void put_word(Buffer& bytes, std::size_t at, std::uint32_t value) {
  std::ranges::copy(std::bit_cast<std::array<std::uint8_t, 4>>(value),
                    bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

bool is(std::uint32_t command, Command name) { return command == static_cast<std::uint32_t>(name); }

/// Plays what a pcscd's programs and readers did to a ResourceManager, and compares what both
/// answer. Known differences, each looked at where it is passed over:
/// - Begin: pcscd refuses it after 100 ms and is asked again; ours is answered when it has its
/// turn.
/// - what a handler has of its own: attributes and control codes; a mute card, which VSC has not.
/// - how many states there are; the counter of a reader that came back; the word in an Event.
/// - fields other than rv of a call that failed.
class Replay {
 public:
  explicit Replay(const std::string& file)
      : lines_(test::read_recording(VSCARD_TEST_DATA "/" + file)),
        manager_([this] { return ++last_number_; }) {}

  void run() {
    for (place_ = 0; place_ < lines_.size() && !testing::Test::HasFailure(); ++place_) {
      const RecordedLine& line = lines_[place_];
      if (line.kind == Kind::Scene) scene_ = line.text;
      if (scene_.starts_with("11 ") && line.kind != Kind::Happening) continue;
      if (line.ms > 0) now_ = Time(std::chrono::milliseconds(line.ms));
      perform(manager_.expire(now_));
      take(line);
    }
  }
  int compared() const { return compared_; }

 private:
  struct Peer {
    ConnectionId id{};
    std::deque<Buffer> answers;
    std::optional<RecordedLine> asked;  ///< last
    bool held = false;                  ///< a Begin that pcscd has refused
  };

  void take(const RecordedLine& line) {
    switch (line.kind) {
      case Kind::Connected:
        peers_[line.connection].id = ConnectionId{++last_connection_};
        manager_.connect(peers_[line.connection].id);
        return;
      case Kind::Closed:
        perform(manager_.disconnect(peers_[line.connection].id, now_));
        EXPECT_TRUE(peers_[line.connection].answers.empty()) << where(line);
        return;
      case Kind::Request:
        ask(peers_[line.connection], line);
        return;
      case Kind::Answer:
        compare(peers_[line.connection], line);
        return;
      case Kind::Event:
        compare_event(peers_[line.connection], line);
        return;
      case Kind::Happening:
        happen(line.text);
        return;
      case Kind::Scene:
      case Kind::Other:
        return;
    }
  }

  void ask(Peer& peer, const RecordedLine& line) {
    if (peer.held && is(line.command, Command::Begin)) return;
    peer.asked = line;
    Buffer bytes(kHeaderSize);
    put_word(bytes, 0, static_cast<std::uint32_t>(line.head.size()));
    put_word(bytes, 4, line.command);
    Buffer head = line.head;
    if (!head.empty()) translate(head, ours_);
    bytes.insert(bytes.end(), head.begin(), head.end());
    bytes.insert(bytes.end(), line.data.begin(), line.data.end());
    perform(manager_.receive(peer.id, fakes::ExactBytes(bytes), now_));
  }

  /// The first word of a struct may be a handle or a context.
  static void translate(Buffer& head, const std::map<std::uint32_t, std::uint32_t>& numbers) {
    const auto found = numbers.find(word_at(head, 0));
    if (found != numbers.end()) put_word(head, 0, found->second);
  }

  void compare(Peer& peer, const RecordedLine& line) {
    const std::uint32_t command = peer.asked->command;
    if (is(command, Command::Begin) && word_at(line.head, 4) == kViolation) {
      peer.held = true;
      return;
    }
    peer.held = false;
    respond(line);
    ASSERT_TRUE(!peer.answers.empty()) << "no answer " << where(line);
    Buffer ours = std::exchange(peer.answers.front(), {});
    peer.answers.pop_front();
    ++compared_;
    if (gone_) return;
    const bool states = is(command, Command::ReaderStates) || is(command, Command::Wait) ||
                        is(command, Command::StateArray);
    if (states) return compare_states(ours, line);
    if (is(command, Command::StateCount)) return;
    Buffer theirs = line.head;
    theirs.insert(theirs.end(), line.data.begin(), line.data.end());
    compare_struct(command, ours, theirs, line);
  }

  void compare_struct(std::uint32_t command, Buffer& ours, const Buffer& theirs,
                      const RecordedLine& line) {
    ASSERT_TRUE(ours.size() >= line.head.size()) << where(line);
    const std::size_t rv = line.head.size() - 4;
    if (is(command, Command::Version)) put_word(ours, 4, word_at(theirs, 4));
    const bool own = is(command, Command::Control) || is(command, Command::GetAttribute) ||
                     is(command, Command::SetAttribute);
    if (own && word_at(line.head, rv) != kViolation && word_at(line.head, rv) < kReset) return;
    EXPECT_EQ(word_at(ours, rv), word_at(theirs, rv)) << where(line);
    if (word_at(theirs, rv) != 0) return;
    learn(command, ours, theirs);
    translate(ours, theirs_);
    if (is(command, Command::Establish)) put_word(ours, 4, word_at(theirs, 4));
    if (is(command, Command::Connect)) put_word(ours, 140, word_at(theirs, 140));
    EXPECT_EQ(fakes::to_hex(ours), fakes::to_hex(theirs)) << where(line);
  }

  void learn(std::uint32_t command, Bytes ours, Bytes theirs) {
    if (!is(command, Command::Establish) && !is(command, Command::Connect)) return;
    const std::size_t at = is(command, Command::Establish) ? 4 : 140;
    ours_[word_at(theirs, at)] = word_at(ours, at);
    theirs_[word_at(ours, at)] = word_at(theirs, at);
  }

  void compare_states(Bytes ours, const RecordedLine& line) {
    const std::size_t common = std::min(ours.size(), line.head.size());
    for (std::size_t at = 0; at + kStateSize <= common; at += kStateSize) {
      Buffer theirs(line.head.begin() + static_cast<std::ptrdiff_t>(at),
                    line.head.begin() + static_cast<std::ptrdiff_t>(at + kStateSize));
      Buffer mine(ours.begin() + static_cast<std::ptrdiff_t>(at),
                  ours.begin() + static_cast<std::ptrdiff_t>(at + kStateSize));
      EXPECT_EQ(theirs[0] == 0, mine[0] == 0) << where(line);
      if (theirs[0] == 0) continue;
      // pcscd leaves the bytes of a card that has gone.
      std::fill(theirs.begin() + kAtrAt + word_at(theirs, kAtrLengthAt),
                theirs.begin() + kAtrLengthAt, 0);
      put_word(mine, kReaderName, word_at(theirs, kReaderName));
      EXPECT_EQ(fakes::to_hex(mine), fakes::to_hex(theirs)) << where(line);
    }
  }

  void compare_event(Peer& peer, const RecordedLine& line) {
    ASSERT_FALSE(peer.answers.empty()) << "no event " << where(line);
    EXPECT_EQ(peer.answers.front().size(), sizeof(Event)) << where(line);
    EXPECT_EQ(word_at(peer.answers.front(), 4), word_at(line.head, 4)) << where(line);
    peer.answers.pop_front();
    ++compared_;
  }

  /// The card gives what it gave then.
  void respond(const RecordedLine& line) {
    if (!working_ || line.head.size() != 32) return;
    const ReaderId reader = *std::exchange(working_, std::nullopt);
    const std::uint32_t rv = word_at(line.head, 28);
    gone_ = rv == static_cast<std::uint32_t>(Code::NoSmartcard);
    if (rv == 0) {
      perform(manager_.respond(reader, SecretBytes::copy_of(line.data), now_));
    } else if (rv == static_cast<std::uint32_t>(Code::InsufficientBuffer)) {
      perform(manager_.respond(reader, SecretBytes::zeros(word_at(line.head, 24)), now_));
    } else {
      perform(manager_.respond(reader, std::unexpected(protocol::Errc::CardFailed), now_));
    }
  }

  void happen(const std::string& text) {
    gone_ = false;
    const bool first = text.starts_with("reader 1");
    if (text.ends_with("unplugged")) {
      perform(manager_.remove_reader(first ? first_ : second_, now_));
    } else if (text.ends_with("plugged")) {
      ReaderId& id = first ? first_ : second_;
      id = ReaderId{++last_reader_};
      perform(manager_.add_reader(id, first ? "Plug (0001) 00 00" : "Plug (0002) 01 00", "", now_));
      if (first && card_) perform(manager_.insert(first_, *card_, kAnyCommand, now_));
    } else if (text.starts_with("card out")) {
      card_.reset();
      perform(manager_.remove(first_, now_));
    } else if (text.starts_with("card into")) {
      const std::string hex = text.substr(text.find("ATR ") + 4);
      card_ = Atr::parse(fakes::from_hex(hex.substr(0, hex.size() - 1))).value();
      perform(manager_.insert(first_, *card_, kAnyCommand, now_));
    }
  }

  void perform(ResourceManager::Actions actions) {
    for (auto& action : actions) {
      if (auto* send = std::get_if<ResourceManager::Send>(&action)) {
        const Bytes bytes = send->bytes.view();
        for (auto& [name, peer] : peers_) {
          if (peer.id == send->to) peer.answers.emplace_back(bytes.begin(), bytes.end());
        }
      } else if (const auto* command = std::get_if<ResourceManager::Transmit>(&action)) {
        working_ = command->reader;
      } else if (std::holds_alternative<ResourceManager::Close>(action)) {
        ADD_FAILURE() << "a connection is closed at line " << lines_[place_].number;
      }
    }
  }

  std::string where(const RecordedLine& line) const {
    return "at line " + std::to_string(line.number) + ", " + scene_;
  }

  static constexpr auto kViolation = static_cast<std::uint32_t>(Code::SharingViolation);
  static constexpr std::size_t kAnyCommand = 65544;
  static constexpr auto kReset = static_cast<std::uint32_t>(Code::ResetCard);

  std::vector<RecordedLine> lines_;
  std::size_t place_ = 0;
  std::string scene_;
  std::uint32_t last_number_ = 1000;
  ResourceManager manager_;
  Time now_{};
  std::map<std::string, Peer> peers_;
  std::uint64_t last_connection_ = 0;
  std::uint32_t last_reader_ = 0;
  ReaderId first_{};
  ReaderId second_{};
  std::optional<Atr> card_;  ///< in the first one
  std::optional<ReaderId> working_;
  bool gone_ = false;  ///< a card that was asked for more: pcscd sees that before its removal
  std::map<std::uint32_t, std::uint32_t> ours_;    ///< handles and contexts of the recording
  std::map<std::uint32_t, std::uint32_t> theirs_;  ///< and back
  int compared_ = 0;
};

class Recording : public testing::TestWithParam<const char*> {};

TEST_P(Recording, OurServiceAnswersItsProgramsAsPcscdDid) {
  Replay replay(GetParam());
  replay.run();
  EXPECT_GT(replay.compared(), 300);
}

INSTANTIATE_TEST_SUITE_P(Pcscd, Recording,
                         testing::Values("pcscd-1.9.9.txt", "pcscd-2.3.3.txt", "pcscd-2.5.3.txt"));

}  // namespace
}  // namespace vscard::pcsc_bridge::pcsc
