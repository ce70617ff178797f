#pragma once

#include "protocol/vsc/client.hpp"
#include "protocol/vsc/decoder.hpp"
#include "protocol/vsc/host.hpp"
#include "protocol/vsc/resumption.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace vscard::fakes {

/// Both halves of a conversation about two cards, and a line between them that splits, delays and
/// breaks. The host's user sends each card numbered commands, one after the other, and the cards
/// count how often they get each. Nothing may be done twice or answered wrongly; and while the line
/// comes back in time, nothing may be lost and no card be removed.
class BreakingLine {
 public:
  BreakingLine() {
    for (std::uint32_t i = 0; i < kCards; ++i) {
      cards_.at(i).number = cards_.at(i).last = i;
      client_.machine.add_reader(cards_.at(i).reader(), "soft", now_);
    }
  }

  /// Something happens, whatever the value.
  void step(std::uint8_t event) {
    Card& card = cards_.at(event / 8 % kCards);
    switch (event % 8) {
      case 0:
        cut();
        break;
      case 1:
        connect();
        break;
      case 2:
        take(client_, event >= 128);
        break;
      case 3:
        take(host_, event >= 128);
        break;
      case 4:
        if (event >= 240) {
          abort(card);
        } else if (event >= 224) {
          change_use(card, !card.usable);
        } else {
          ask(card);
        }
        break;
      case 5:
        answer(card);
        break;
      case 6:
        pass(std::chrono::milliseconds(event));
        break;
      default:
        change_card(card, event >= 224);
        break;
    }
  }

  /// So much time passes at once.
  void pass(protocol::Duration time) {
    now_ += time;
    expire(client_);
    expire(host_);
  }

  /// From now on the line holds and the cards are in, for long enough.
  void settle() {
    cut();
    connect();
    for (Card& card : cards_) {
      change_card(card, false);
      change_use(card, true);
    }
    for (int i = 0; i < 200; ++i) {
      take(client_, false);
      take(host_, false);
      for (Card& card : cards_) answer(card);
      pass(std::chrono::milliseconds(10));
    }
  }

  /// The first thing that went wrong; empty: nothing.
  const std::string& wrong() const { return wrong_; }
  bool pending() const { return std::ranges::any_of(cards_, &Card::pending); }
  /// By the host, and the client knows that they can be used.
  bool cards_seen() const {
    return std::ranges::all_of(cards_,
                               [](const Card& card) { return card.seen && card.known_usable; });
  }
  /// Each card is asked.
  bool ask_now() {
    for (Card& card : cards_) ask(card);
    return std::ranges::all_of(cards_, &Card::pending);
  }
  int answered = 0;
  int aborted = 0;
  int lost = 0;  ///< commands without an answer
  int resumed = 0;
  int cards_removed = 0;

 private:
  using VscClient = protocol::vsc::VscClient;
  using VscHost = protocol::vsc::VscHost;
  using Resumption = protocol::vsc::Resumption;
  using SecretBytes = protocol::SecretBytes;
  using ReaderId = protocol::vsc::ReaderId;
  static constexpr std::uint32_t kCards = 2;

  struct Card {
    std::uint32_t number = 0;
    bool in = false;
    bool seen = false;                     ///< by the host
    bool usable = true;                    ///< its reader there has a place
    bool known_usable = false;             ///< … for all that the client knows
    std::uint32_t last = 0;                ///< the number of its last command
    bool pending = false;                  ///< the host's user waits for its answer
    std::optional<std::uint32_t> at_work;  ///< the number of the command

    ReaderId reader() const { return ReaderId{number}; }
  };

  /// One half, and what is on its way to it.
  template <class Machine>
  struct End final : Resumption::Ends {
    End(BreakingLine& its_line, Resumption::Side side) : line(its_line), resumption(side, *this) {}
    BreakingLine& line;
    Machine machine;
    Resumption resumption;
    protocol::vsc::Decoder decoder;
    std::deque<SecretBytes> coming;

    void write(protocol::Bytes messages) override { line.send(*this, messages); }
    void deliver(protocol::vsc::Message message) override {
      line.act(*this, machine.receive(std::move(message), line.now_));
    }
    void restart() override {
      line.lose(*this);
      line.start(*this);
    }
    void resumed() override {
      ++line.resumed;
      machine.resumed(line.now_);
    }
    void ended(protocol::Errc error) override {
      if (error == protocol::Errc::NoAnswer) {
        line.cut();
      } else {
        line.fail("an end that breaks the rules");
      }
    }
  };

  void connect() {
    if (line_) return;
    line_ = true;
    connect(host_);
    connect(client_);
  }

  void connect(auto& end) {
    end.decoder = {};
    end.coming.clear();
    const bool waited = end.resumption.suspended();
    end.resumption.connected(random(), now_);
    if (!waited) start(end);
  }

  void cut() {
    if (!std::exchange(line_, false)) return;
    if (!host_.resumption.disconnected(now_)) lose(host_);
    if (!client_.resumption.disconnected(now_)) lose(client_);
  }

  /// A whole message, or its first bytes: those before the last.
  void take(auto& end, bool split) {
    if (!line_ || end.coming.empty()) return;
    SecretBytes bytes = std::move(end.coming.front());
    end.coming.pop_front();
    if (split && bytes.size() > 1) {
      end.coming.push_front(SecretBytes::copy_of(bytes.view().last(1)));
      bytes.truncate(bytes.size() - 1);
    }
    end.decoder.feed(bytes.view());
    while (line_) {
      auto message = end.decoder.next();
      if (!message) fail("a message that is none");
      if (!message || !*message) return;
      end.resumption.receive(std::move(**message), now_);
    }
  }

  void send(const End<VscHost>& /*from*/, protocol::Bytes messages) { send_to(client_, messages); }
  void send(const End<VscClient>& /*from*/, protocol::Bytes messages) { send_to(host_, messages); }
  void send_to(auto& end, protocol::Bytes messages) {
    if (line_) end.coming.push_back(SecretBytes::copy_of(messages));
  }

  void expire(auto& end) {
    const auto due = end.resumption.deadline();
    if (!line_ && due && now_ >= *due) {
      end.resumption.forget();
      lose(end);
    } else if (line_) {
      end.resumption.expire(now_);
      if (!end.resumption.asking()) act(end, end.machine.expire(now_));
    }
  }

  void start(End<VscHost>& end) {
    end.machine = VscHost({}, protocol::vsc::kApduTimeout, protocol::vsc::kSilence, kCards);
    end.machine.start(now_);
    for (Card& card : cards_) card.usable = true;
  }
  void start(End<VscClient>& end) { act(end, end.machine.start(now_)); }
  void lose(End<VscHost>& end) { act(end, end.machine.lost()); }
  void lose(End<VscClient>& end) {
    end.machine.lost();
    for (Card& card : cards_) card.known_usable = false;
  }

  template <class Here>
  void act(Here& here, auto actions) {
    using Machine = decltype(here.machine);
    for (auto& action : actions) {
      if (auto* send = std::get_if<typename Machine::Send>(&action)) {
        here.resumption.send(std::move(send->message));
      } else if (std::holds_alternative<typename Machine::Silent>(action)) {
        cut();
      } else if (std::holds_alternative<typename Machine::Ended>(action)) {
        here.resumption.say_bye();
        cut();
      } else {
        note(std::move(action));
      }
    }
  }

  Card& card_in(ReaderId reader) { return cards_.at(static_cast<std::size_t>(reader)); }

  void note(VscClient::Action action) {
    if (const auto* accepted = std::get_if<VscClient::ReaderAccepted>(&action)) {
      card_in(accepted->reader).known_usable = true;
    } else if (const auto* withdrawn = std::get_if<VscClient::ReaderWithdrawn>(&action)) {
      card_in(withdrawn->reader).known_usable = false;
    }
    auto* transmit = std::get_if<VscClient::Transmit>(&action);
    if (transmit == nullptr) return;
    Card& card = card_in(transmit->reader);
    if (card.at_work) fail("two commands at once at the card");
    card.at_work = number_in(transmit->command.view());
    if (*card.at_work % kCards != card.number) fail("another card's command");
    if (++done_[*card.at_work] > 1) fail("a command that was done twice");
  }

  void note(VscHost::Action action) {
    if (const auto* response = std::get_if<VscHost::Response>(&action)) {
      Card& card = card_in(response->reader);
      if (!std::exchange(card.pending, false)) fail("an answer that nobody waits for");
      if (number_in(response->bytes.view()) != card.last) fail("another command's answer");
      ++answered;
    } else if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action)) {
      if (!std::exchange(card_in(failed->reader).pending, false)) {
        fail("no answer, and nobody waits");
      }
      ++lost;
    } else if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
      card_in(inserted->reader).seen = true;
    } else if (const auto* removed = std::get_if<VscHost::CardRemoved>(&action)) {
      card_in(removed->reader).seen = false;
      ++cards_removed;
    }
  }

  void ask(Card& card) {
    if (card.pending || !card.seen || !card.usable) return;
    card.pending = true;
    card.last += kCards;
    act(host_, host_.machine.transmit(card.reader(), numbered(card.last), now_));
  }

  void abort(Card& card) {
    if (std::exchange(card.pending, false)) ++aborted;
    act(host_, host_.machine.abort(card.reader(), now_));
  }

  /// The host's user takes its reader away, or gives it back.
  void change_use(Card& card, bool usable) {
    if (std::exchange(card.usable, usable) == usable) return;
    if (usable) {
      act(host_, host_.machine.offer(card.reader()));
      return;
    }
    if (std::exchange(card.pending, false)) ++aborted;
    act(host_, host_.machine.withdraw(card.reader(), protocol::vsc::Use::Removed, now_));
  }

  void answer(Card& card) {
    if (!card.at_work) return;
    const auto number = *std::exchange(card.at_work, std::nullopt);
    act(client_, client_.machine.respond(card.reader(), numbered(number), now_));
  }

  void change_card(Card& card, bool out) {
    if (out == !card.in) return;
    card.in = !out;
    const auto atr = protocol::iso7816::Atr::parse(std::array<std::uint8_t, 2>{0x3b, 0x00});
    act(client_, out ? client_.machine.remove_card(card.reader(), now_)
                     : client_.machine.insert_card(card.reader(), *atr, now_));
  }

  static SecretBytes numbered(std::uint32_t number) {
    auto bytes = SecretBytes::with_capacity(sizeof number);
    protocol::ByteWriter(bytes).u32_be(number);
    return bytes;
  }
  static std::uint32_t number_in(protocol::Bytes bytes) {
    return protocol::ByteReader(bytes).u32_be();
  }

  Resumption::Random random() {
    Resumption::Random random;
    random.secret.fill(++random_);
    random.session.fill(random_);
    return random;
  }
  void fail(const char* what) {
    if (wrong_.empty()) wrong_ = what;
  }

  protocol::Time now_{};
  End<VscClient> client_{*this, Resumption::Side::Client};
  End<VscHost> host_{*this, Resumption::Side::Host};
  bool line_ = false;
  std::uint8_t random_ = 0;
  std::array<Card, kCards> cards_;
  std::map<std::uint32_t, int> done_;  ///< by the number of the command
  std::string wrong_;
};

}  // namespace vscard::fakes
