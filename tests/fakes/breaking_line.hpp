#pragma once

#include "protocol/vsc/client.hpp"
#include "protocol/vsc/decoder.hpp"
#include "protocol/vsc/host.hpp"
#include "protocol/vsc/resumption.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace vscard::fakes {

/// Both halves of a conversation about one card, and a line between them that splits, delays and
/// breaks. The host's user sends numbered commands, one after the other, and the card counts how
/// often it gets each. Nothing may be done twice or answered wrongly; and while the line comes back
/// in time, nothing may be lost and no card be removed.
class BreakingLine {
 public:
  BreakingLine() { client_.machine.add_reader(kReader, "soft", now_); }

  /// Something happens, whatever the value.
  void step(std::uint8_t event) {
    switch (event % 8) {
      case 0:
        cut();
        break;
      case 1:
        connect();
        break;
      case 2:
        take(client_, host_, event >= 128);
        break;
      case 3:
        take(host_, client_, event >= 128);
        break;
      case 4:
        ask();
        break;
      case 5:
        answer();
        break;
      case 6:
        pass(std::chrono::milliseconds(event));
        break;
      default:
        change_card(event >= 224);
        break;
    }
  }

  /// So much time passes at once.
  void pass(protocol::Duration time) {
    now_ += time;
    expire(client_, host_);
    expire(host_, client_);
  }

  /// From now on the line holds and the card is in, for long enough.
  void settle() {
    cut();
    connect();
    change_card(false);
    for (int i = 0; i < 200; ++i) {
      take(client_, host_, false);
      take(host_, client_, false);
      answer();
      pass(std::chrono::milliseconds(10));
    }
  }

  /// The first thing that went wrong; empty: nothing.
  const std::string& wrong() const { return wrong_; }
  bool pending() const { return pending_; }
  bool card_seen() const { return card_seen_; }
  bool ask_now() {
    ask();
    return pending_;
  }
  int answered = 0;
  int lost = 0;  ///< commands without an answer
  int resumed = 0;
  int cards_removed = 0;

 private:
  using VscClient = protocol::vsc::VscClient;
  using VscHost = protocol::vsc::VscHost;
  using Resumption = protocol::vsc::Resumption;
  using SecretBytes = protocol::SecretBytes;
  static constexpr protocol::vsc::ReaderId kReader{0};

  /// One half, and what is on its way to it.
  template <class Machine>
  struct End {
    explicit End(Resumption::Side side) : resumption(side) {}
    Machine machine;
    Resumption resumption;
    protocol::vsc::Decoder decoder;
    std::deque<SecretBytes> coming;
  };

  void connect() {
    if (line_) return;
    line_ = true;
    connect(host_, client_);
    connect(client_, host_);
  }

  void connect(auto& here, auto& there) {
    here.decoder = {};
    here.coming.clear();
    const bool waited = here.resumption.suspended();
    perform(here, there, here.resumption.connected(random(), now_));
    if (!waited) start(here, there);
  }

  void cut() {
    if (!std::exchange(line_, false)) return;
    if (!host_.resumption.disconnected(now_)) lose(host_, client_);
    if (!client_.resumption.disconnected(now_)) lose(client_, host_);
  }

  /// A whole message, or its first bytes: those before the last.
  void take(auto& here, auto& there, bool split) {
    if (!line_ || here.coming.empty()) return;
    SecretBytes bytes = std::move(here.coming.front());
    here.coming.pop_front();
    if (split && bytes.size() > 1) {
      here.coming.push_front(SecretBytes::copy_of(bytes.view().last(1)));
      bytes.truncate(bytes.size() - 1);
    }
    here.decoder.feed(bytes.view());
    while (line_) {
      auto message = here.decoder.next();
      if (!message) fail("a message that is none");
      if (!message || !*message) return;
      perform(here, there, here.resumption.receive(std::move(**message), now_));
    }
  }

  void perform(auto& here, auto& there, Resumption::Actions actions) {
    for (auto& action : actions) {
      if (auto* write = std::get_if<Resumption::Write>(&action)) {
        if (line_) there.coming.push_back(std::move(write->bytes));
      } else if (auto* message = std::get_if<Resumption::Deliver>(&action)) {
        act(here, there, here.machine.receive(std::move(message->message), now_));
      } else if (std::holds_alternative<Resumption::Restart>(action)) {
        lose(here, there);
        start(here, there);
      } else if (std::holds_alternative<Resumption::Resumed>(action)) {
        ++resumed;
        here.machine.resumed(now_);
      } else if (std::get<Resumption::Ended>(action).error == protocol::Errc::NoAnswer) {
        cut();
      } else {
        fail("an end that breaks the rules");
      }
    }
  }

  void expire(auto& here, auto& there) {
    const auto due = here.resumption.deadline();
    if (!line_ && due && now_ >= *due) {
      here.resumption.forget();
      lose(here, there);
    } else if (line_) {
      perform(here, there, here.resumption.expire(now_));
      if (!here.resumption.asking()) act(here, there, here.machine.expire(now_));
    }
  }

  void start(End<VscHost>& here, End<VscClient>& /*there*/) {
    here.machine = VscHost();
    here.machine.start(now_);
  }
  void start(End<VscClient>& here, End<VscHost>& there) {
    act(here, there, here.machine.start(now_));
  }
  void lose(End<VscHost>& here, End<VscClient>& there) { act(here, there, here.machine.lost()); }
  static void lose(End<VscClient>& here, End<VscHost>& /*there*/) { here.machine.lost(); }

  template <class Here>
  void act(Here& here, auto& there, auto actions) {
    using Machine = decltype(here.machine);
    for (auto& action : actions) {
      if (auto* send = std::get_if<typename Machine::Send>(&action)) {
        perform(here, there, here.resumption.send(std::move(send->message)));
      } else if (std::holds_alternative<typename Machine::Silent>(action)) {
        cut();
      } else if (std::holds_alternative<typename Machine::Ended>(action)) {
        perform(here, there, here.resumption.say_bye());
        cut();
      } else {
        note(std::move(action));
      }
    }
  }

  void note(VscClient::Action action) {
    auto* transmit = std::get_if<VscClient::Transmit>(&action);
    if (transmit == nullptr) return;
    if (at_card_) fail("two commands at once at the card");
    at_card_ = number_in(transmit->command.view());
    if (++done_[*at_card_] > 1) fail("a command that was done twice");
  }

  void note(VscHost::Action action) {
    if (const auto* response = std::get_if<VscHost::Response>(&action)) {
      if (!std::exchange(pending_, false)) fail("an answer that nobody waits for");
      if (number_in(response->bytes.view()) != last_) fail("another command's answer");
      ++answered;
    } else if (std::holds_alternative<VscHost::NoAnswer>(action)) {
      if (!std::exchange(pending_, false)) fail("no answer, and nobody waits");
      ++lost;
    } else if (std::holds_alternative<VscHost::CardInserted>(action)) {
      card_seen_ = true;
    } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
      card_seen_ = false;
      ++cards_removed;
    }
  }

  void ask() {
    if (pending_ || !card_seen_) return;
    pending_ = true;
    ++last_;
    act(host_, client_, host_.machine.transmit(kReader, numbered(last_), now_));
  }

  void answer() {
    if (!at_card_) return;
    const auto number = *std::exchange(at_card_, std::nullopt);
    act(client_, host_, client_.machine.respond(kReader, numbered(number), now_));
  }

  void change_card(bool out) {
    if (out == !card_in_) return;
    card_in_ = !out;
    const auto atr = protocol::iso7816::Atr::parse(std::array<std::uint8_t, 2>{0x3b, 0x00});
    act(client_, host_,
        out ? client_.machine.remove_card(kReader, now_)
            : client_.machine.insert_card(kReader, *atr, now_));
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
  End<VscClient> client_{Resumption::Side::Client};
  End<VscHost> host_{Resumption::Side::Host};
  bool line_ = false;
  std::uint8_t random_ = 0;
  bool card_in_ = false;
  bool card_seen_ = false;                ///< by the host
  std::uint32_t last_ = 0;                ///< the number of the last command
  bool pending_ = false;                  ///< the host's user waits for its answer
  std::optional<std::uint32_t> at_card_;  ///< … the card works on it
  std::map<std::uint32_t, int> done_;
  std::string wrong_;
};

}  // namespace vscard::fakes
