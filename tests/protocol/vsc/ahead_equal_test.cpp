// A guest gets from a host that is sent answers ahead what it would get from the card itself,
// whatever it asks in whatever order: a card that counts and forgets is asked both ways.

#include "protocol/iso7816/apdu.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/protocol/vsc/client_conversation.hpp"
#include "tests/protocol/vsc/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace vscard::protocol::vsc {
namespace {

using namespace std::chrono_literals;
using fakes::from_hex;
using fakes::to_hex;
using iso7816::CommandApdu;
using test::kReader;

constexpr std::uint8_t kObjects = 4;

/// Objects that change, an application that is selected, a PIN, and data that GET RESPONSE gets.
class CountingCard {
 public:
  SecretBytes answer(Bytes bytes) {
    ++commands;
    const auto command = CommandApdu::parse(bytes).value();
    if (command.ins == 0xc0) return rest(command.ne);
    pending_.clear();
    switch (command.ins) {
      case 0xa4:
        application_ = command.data.back();
        verified_ = false;
        return status(0x9000);
      case 0x20:
        verified_ = true;
        return status(0x9000);
      case 0xdb:
        ++objects_.at(command.p2);
        return status(0x9000);
      case 0xb0:
        return command.ne == 5 ? read(command.p2, 5, 5) : status(0x6c05);
      default:
        return read(command.p2, 20U + command.p2 * 90U, command.ne);
    }
  }
  void reset() {
    pending_.clear();
    application_ = 0;
    verified_ = false;
  }
  int commands = 0;

 private:
  /// The object's content tells all that it depends on.
  SecretBytes read(std::uint8_t object, std::size_t size, std::uint32_t ne) {
    if (object == 3 && !verified_) return status(0x6982);
    pending_.assign(size, static_cast<std::uint8_t>(objects_.at(object)));
    pending_.front() = application_;
    return rest(ne);
  }
  SecretBytes rest(std::uint32_t ne) {
    if (pending_.empty()) return status(0x6985);
    auto out = SecretBytes::with_capacity(ne + 2);
    while (out.size() < ne && !pending_.empty()) {
      out.push_back(pending_.front());
      pending_.pop_front();
    }
    const std::size_t left = pending_.size();
    out.append(status(pending_.empty() ? 0x9000 : 0x6100 + (left < 256 ? left : 0)).view());
    return out;
  }
  static SecretBytes status(std::size_t word) {
    return SecretBytes::copy_of(
        std::array{static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)});
  }

  std::deque<std::uint8_t> pending_;
  std::array<int, kObjects> objects_{};
  std::uint8_t application_ = 0;
  bool verified_ = false;
};

/// Both machines, a line between them that takes time, and the card.
class Line {
 public:
  explicit Line(AheadPolicy policy) {
    client_.add_reader(kReader, "soft", now_, policy);
    client_.insert_card(kReader, test::soft_atr(), now_);
    host_.start(now_);
    perform(client_.start(now_));
  }

  std::string ask(const SecretBytes& command) {
    answer_.reset();
    perform(host_.transmit(kReader, command.clone(), now_));
    return answer_ ? to_hex(answer_->view()) : "none";
  }
  void reset() { perform(host_.power(kReader, PowerAction::ColdReset)); }
  CountingCard card;
  int trips = 0;  ///< commands that went over the line

 private:
  void perform(VscHost::Actions actions) {
    for (auto& action : actions) {
      if (auto* send = std::get_if<VscHost::Send>(&action)) {
        if (std::holds_alternative<Apdu>(send->message.body)) ++trips;
        now_ += 50ms;
        perform(client_.receive(std::move(send->message), now_));
      } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
        answer_ = std::move(response->bytes);
      }
    }
  }
  void perform(VscClient::Actions actions) {
    for (auto& action : actions) {
      if (auto* send = std::get_if<VscClient::Send>(&action)) {
        now_ += 50ms;
        perform(host_.receive(std::move(send->message), now_));
      } else if (const auto* transmit = std::get_if<VscClient::Transmit>(&action)) {
        now_ += 1ms;
        perform(client_.respond(kReader, card.answer(transmit->command.view()), now_));
      } else if (std::holds_alternative<VscClient::Reset>(action)) {
        card.reset();
      }
    }
  }

  VscClient client_;
  VscHost host_;
  Time now_{};
  std::optional<SecretBytes> answer_;
};

/// What guests do, most often in the same order, and sometimes not.
class Guest {
 public:
  explicit Guest(unsigned seed) : random_(seed) {}
  /// Empty: it resets the card.
  std::string next() {
    static const std::vector<std::string> kUsual{
        "00a4040002a001", "00cb000000", "00cb000108",   "00c000000c", "00cb000100", "00b0000000",
        "00b0000005",     "00cb000300", "002000800131", "00cb000300", "00cb0002ff"};
    static const std::vector<std::string> kOther{
        "00a4040002a002", "00db3f020101", "00db3f010101", "00c0000000",
        "00c0000007",     "00cb000200",   "00cb000305",   ""};
    if (random_() % 8 == 0) return kOther.at(random_() % kOther.size());
    return kUsual.at(at_++ % kUsual.size());
  }

 private:
  std::minstd_rand random_;
  std::size_t at_ = 0;
};

TEST(VscAhead, AnswersAsTheCardItselfWould) {
  constexpr int kCommands = 300;
  constexpr unsigned kSeeds = 20;
  double most = 1;  ///< of the commands may go over the line
  for (const AheadPolicy policy : {AheadPolicy::Nothing, AheadPolicy::Rest, AheadPolicy::Reads}) {
    int trips = 0;
    for (unsigned seed = 1; seed <= kSeeds; ++seed) {
      Line line(policy);
      CountingCard card;
      Guest guest(seed);
      for (int i = 0; i < kCommands; ++i) {
        const std::string command = guest.next();
        if (command.empty()) {
          line.reset();
          card.reset();
          continue;
        }
        const auto bytes = SecretBytes::copy_of(from_hex(command));
        ASSERT_EQ(line.ask(bytes), to_hex(card.answer(bytes.view()).view()))
            << command << ", command " << i << " of seed " << seed;
      }
      trips += line.trips;
    }
    const double share = trips / (double{kSeeds} * kCommands);
    EXPECT_LT(share, most) << "it saves nothing";
    most = share * 0.9;
  }
}

}  // namespace
}  // namespace vscard::protocol::vsc
