// A PIV card's day, each step of which fails in every way that a program, the power and the disk
// have.

#include "tests/fakes/checked_piv_card.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/steps.hpp"

namespace vscard::cards::piv {
namespace {

using fakes::from_hex;
using fakes::Lines;

/// A card, whose answers are checked, and the program that has it.
class CardWorld {
 public:
  /// The status word, and how many bytes come before it.
  Lines transmit(const std::string& hex) {
    const fakes::ExactBytes command(from_hex(hex));
    const auto answer = card_.transmit(command);
    const std::string status = fakes::to_hex(Bytes(answer).last(2));
    return {answer.size() == 2 ? status : std::to_string(answer.size() - 2) + " bytes, " + status};
  }
  Lines manage() {
    card_.manage();
    return {};
  }
  void reset() { card_.reset(); }
  void replace() { card_.replace(); }
  void fail_next_write() { card_.fail_next_write(); }

  const std::string& wrong() const { return card_.wrong(); }
  void end() { reset(); }
  std::string owed() { return transmit("00200080") == Lines{"9000"} ? "the end of a login" : ""; }
  void begin_again() { replace(); }

 private:
  fakes::CheckedPivCard card_;
};

using Step = fakes::Step<CardWorld>;
using Failure = fakes::Failure<CardWorld>;

auto transmit(const std::string& hex) {
  return [hex](CardWorld& world) { return world.transmit(hex); };
}

const std::string kVerify = "0020008008313233343536ffff";
const std::string kVerifyWrongPin = "0020008008393939393939ffff";
const std::string kLogOut = "0020ff80";
const std::string kSign = "0087119a267c2482008120" + std::string(64, '5') + "00";

/// The size of a signature differs by some bytes.
Lines sign(CardWorld& world) {
  const std::string line = world.transmit(kSign).front();
  return {line.substr(line.size() - 4)};
}

std::vector<Step> script() {
  return {
      {"it is selected", transmit("00a4040005a00000030800"), {"19 bytes, 9000"}},
      {"a wrong PIN", transmit(kVerifyWrongPin), {"63c2"}},
      {"the right one", transmit(kVerify), {"9000"}},
      {"the management key", [](CardWorld& w) { return w.manage(); }, {}},
      {"half of an object", transmit("10db3fff075c035fc1025303"), {"9000"}},
      {"the rest", transmit("00db3fff03010203"), {"9000"}},
      {"it is read in pieces", transmit("00cb3fff055c035fc10202"), {"2 bytes, 6103"}},
      {"the rest", transmit("00c0000003"), {"3 bytes, 9000"}},
      {"another PIN", transmit("0024008010313233343536ffff363534333231ffff"), {"9000"}},
      {"the user logs out", transmit(kLogOut), {"9000"}},
  };
}

std::vector<Step> key_script() {
  return {
      {"the management key", [](CardWorld& w) { return w.manage(); }, {}},
      {"a key is made", transmit("0047009a05ac0380011100"), {"70 bytes, 9000"}},
      {"without the PIN it is not used", sign, {"6982"}},
      {"the PIN", transmit(kVerify), {"9000"}},
      {"it is used", sign, {"9000"}},
      {"the user logs out", transmit(kLogOut), {"9000"}},
      {"it is not used", sign, {"6982"}},
  };
}

void lose_power(CardWorld& world) {
  world.reset();
  EXPECT_EQ(world.transmit("00c0000000"), Lines{"6985"}) << "no answer is kept";
  EXPECT_NE(world.transmit("00200080"), Lines{"9000"});
  EXPECT_NE(sign(world), Lines{"9000"});
}

void try_all_pins(CardWorld& world) {
  for (int i = 0; i < 3; ++i) world.transmit(kVerifyWrongPin);
  EXPECT_EQ(world.transmit(kVerify), Lines{"6983"});
  EXPECT_EQ(world.transmit("00200080"), Lines{"6983"});
}

void take_the_rest(CardWorld& world) {
  world.transmit("00c0000000");
  EXPECT_EQ(world.transmit("00c0000000"), Lines{"6985"}) << "a rest is given once";
}

auto sends(const std::string& hex) {
  return [hex](CardWorld& world) { world.transmit(hex); };
}

std::vector<Failure> failures() {
  return {
      {"the power goes", lose_power},
      {"it is not stored", [](CardWorld& world) { world.fail_next_write(); }},
      {"the card is another one", [](CardWorld& world) { world.replace(); }},
      {"the user logs out", sends(kLogOut)},
      {"a wrong PIN", sends(kVerifyWrongPin)},
  };
}

TEST(PivCardSteps, FailEachInEveryWay) {
  auto all = failures();
  all.insert(all.end(),
             {{"all tries of the PIN", try_all_pins},
              {"half of a proof of the management key", sends("00870a9b047c02810000")},
              {"a proof that is none", sends("00870a9b147c128210" + std::string(32, '0') + "00")},
              {"the rest of an answer", take_the_rest},
              {"a chain begins", sends("10db3fff055c035fc105")},
              {"another chain ends", sends("00870000017c")},
              {"an unknown instruction", sends("00ee0000")},
              {"nothing", sends("")},
              {"a length that is not there", sends("00db3fff00ffff01")},
              {"another application", sends("00a4040007a0000000031010")}});
  fakes::for_each_step_failing(script(), all);
}

TEST(PivCardSteps, FailEachInEveryWayWithAKey) {
  fakes::for_each_step_failing(key_script(), failures());
}

}  // namespace
}  // namespace vscard::cards::piv
