// Who gets the cards of a pool, and when.

#include "chardev/nats/asking.hpp"
#include "chardev/nats/bus.hpp"
#include "chardev/nats/desk.hpp"
#include "chardev/nats/flow.hpp"
#include "chardev/nats/nats.hpp"
#include "chardev/nats/server_spec.hpp"
#include "chardev/nats/stream.hpp"
#include "tests/chardev/nats/over_nats.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>

namespace vscard::chardev::nats {
namespace {

using namespace std::chrono_literals;

TEST_F(OverNats, APoolLendsEachCardToOneAtATime) {
  start_server();
  const std::string pool = "/pool.ci";
  const auto one = listen(address(pool));
  const auto two = listen(address(pool + ",inbox=_INBOX_b"));  // as another process would
  async::spawn(io_.get_executor(), one->accept(), [this](auto got) { keep(std::move(got)); });
  async::spawn(io_.get_executor(), two->accept(), [this](auto got) { keep(std::move(got)); });
  const auto first = until_lent(address(pool));
  const auto second = until_lent(address(pool));
  while (kept_.size() < 2) io_.run_one();
  EXPECT_EQ(connect_error(address(pool)), "refused: every card with these labels is taken");
  EXPECT_EQ(sent(*first, *kept_[0], "one"), "one");
  EXPECT_EQ(sent(*second, *kept_[1], "two"), "two");
  first->close();
  EXPECT_TRUE(closed_by_remote(end_of(*kept_[0])));
  kept_.erase(kept_.begin());
  const auto third = until_lent(address(pool));
  EXPECT_EQ(connect_error(address(pool)), "refused: every card with these labels is taken");
}

/// Each on a connection of its own, as other processes would be.
class InLine : public OverNats {
 protected:
  InLine() { start_server(); }

  std::string pool(const std::string& keys = "") const { return address("/pool.ci" + keys); }
  std::unique_ptr<Connector> dial(const std::string& name, const std::string& keys = ",wait=60") {
    const Address address = parse_address(pool(",inbox=_INBOX_" + name + keys)).value();
    return kNats.connector(io_.get_executor(), address);
  }
  /// As of another process, which says nothing when it goes.
  std::shared_ptr<Bus> bus_of(const std::string& name) {
    const Address address = parse_address(pool(",inbox=_INBOX_" + name)).value();
    auto bus = Bus::of(io_.get_executor(), parse_servers(address).value().servers);
    EXPECT_TRUE(run(bus->connect()));
    return bus;
  }
  std::string place_of(Connector& connector) {
    const auto connected = run(connector.connect());
    if (connected) return "has a card";
    return (connected.error().remedy == ConnectError::Remedy::GoOn ? "" : "no line: ") +
           connected.error().text;
  }
  /// It waits until it has a card.
  void wait(Connector& connector, const std::string& name) {
    async::spawn(io_.get_executor(), wait_for_card(connector, name), [] {});
  }
  Awaitable<void> wait_for_card(Connector& connector, std::string name) {
    auto connected = co_await connector.connect();
    while (!connected) connected = co_await connector.connect();
    served_ += name;
    holders_.push_back(std::move(*connected));
  }
  /// Keeps what it lends.
  std::unique_ptr<Listener> lend(const std::string& keys = "") {
    auto listener = listen(pool(keys));
    async::spawn(io_.get_executor(), lend_all(*listener), [] {});
    return listener;
  }
  Awaitable<void> lend_all(Listener& listener) {
    while (true) {
      auto accepted = co_await listener.accept();
      if (!accepted && accepted.error().text.empty()) co_return;
      if (accepted) kept_.push_back(std::move(*accepted));
    }
  }
  void until_served(const std::string& names) {
    for (; served_.size() < names.size(); io_.run_one()) forget_ended();
    EXPECT_EQ(served_, names);
  }
  std::size_t forget_ended() {
    return std::erase_if(kept_, [](const std::unique_ptr<Stream>& stream) {
      return dynamic_cast<NatsStream&>(*stream).ended();
    });
  }

  std::string served_;  ///< names, in the order in which they got cards
  std::vector<std::unique_ptr<Stream>> holders_;
};

TEST_F(InLine, TheFirstThatCameIsTheFirstThatIsServed) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto a = dial("a");
  const auto b = dial("b");
  const auto c = dial("c");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*b), "place 2 in line");
  EXPECT_EQ(place_of(*c), "place 3 in line");
  EXPECT_EQ(connect_error(pool()), "refused: every card with these labels is taken");
  wait(*c, "c");
  wait(*a, "a");
  wait(*b, "b");
  holders_[0]->close();
  until_served("a");
  holders_[1]->close();
  until_served("ab");
  holders_[2]->close();
  until_served("abc");
}

TEST_F(InLine, NobodyWithoutAPlaceGoesFirst) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto a = dial("a");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  while (kept_.empty()) io_.run_one();
  holders_[0]->close();
  while (forget_ended() == 0) io_.run_one();
  const auto other = dial("b", "");
  EXPECT_EQ(place_of(*other), "no line: refused: every card with these labels is taken");
  wait(*a, "a");
  until_served("a");
}

TEST_F(InLine, WhoHasGoneDoesNotHoldUpOthers) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  auto a = dial("a");
  const auto b = dial("b");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*b), "place 2 in line");
  a.reset();
  EXPECT_EQ(place_of(*b), "place 1 in line");
  wait(*b, "b");
  holders_[0]->close();
  until_served("b");
}

TEST_F(InLine, WhoDiedIsPassedOver) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto dead = bus_of("d");
  dead->send("vscard.pool.ci", "_INBOX_d.a",
             Open{.subject = "_INBOX_d.b", .labels = {}, .waited = Milliseconds(0)});
  Asking last(dead, "vscard.pool.ci");  // whose answer comes when that has been seen
  EXPECT_EQ(run(last.ask(Probe{})), Asking::Outcome::Refused);
  const auto b = dial("b");
  EXPECT_EQ(place_of(*b), "place 2 in line");
  wait(*b, "b");
  holders_[0]->close();
  until_served("b");
}

TEST_F(InLine, LabelsSayForWhichCard) {
  const auto cac = lend(",label=type=cac");
  const auto piv = lend(",label=type=piv");
  holders_.push_back(until_lent(pool(",label=type=cac")));
  holders_.push_back(until_lent(pool(",label=type=piv")));
  const auto a = dial("a", ",wait=60,label=type=piv");
  const auto b = dial("b", ",wait=60,label=type=cac");
  const auto none = dial("c", ",wait=60,label=type=pgp");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*b), "place 2 in line");
  EXPECT_EQ(place_of(*none), "no line: refused: no card there has all these labels");
  wait(*a, "a");
  wait(*b, "b");
  holders_[0]->close();
  until_served("b");
  holders_[1]->close();
  until_served("ba");
}

TEST_F(InLine, TheWaitEnds) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto a = dial("a", ",wait=1");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*a), "no line: no card for 1 s; at last: place 1 in line");
  const auto b = dial("b");
  EXPECT_EQ(place_of(*b), "place 1 in line");
}

TEST_F(InLine, AServerThatDiesAndComesBackChangesNoOrder) {
  const auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto a = dial("a");
  const auto b = dial("b");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*b), "place 2 in line");
  server_->process().signal(SIGKILL);
  server_->process().wait();
  server_.emplace(std::vector<std::string>{"--port", server_->port()});
  wait(*b, "b");
  wait(*a, "a");
  until_served("a");
  holders_.back()->close();
  until_served("ab");
}

TEST_F(InLine, AnOwnerThatBeginsAnewBelievesWhoWaited) {
  auto listener = lend();
  holders_.push_back(until_lent(pool()));
  const auto a = dial("a");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  listener.reset();
  kept_.clear();
  listener = lend(",inbox=_INBOX_o");
  holders_.push_back(until_lent(pool()));
  const auto b = dial("b");
  EXPECT_EQ(place_of(*b), "place 1 in line");
  EXPECT_EQ(place_of(*a), "place 1 in line");
  EXPECT_EQ(place_of(*b), "place 2 in line");
}

TEST_F(OverNats, APoolKnowsItsCardsByTheirLabels) {
  start_server();
  const std::string pool = "/pool.ci";
  const auto cac = listen(address(pool + ",label=type=cac,label=env=ci"));
  const auto piv = listen(address(pool + ",label=type=piv,label=env=ci"));
  async::spawn(io_.get_executor(), cac->accept(), [this](auto got) { keep(std::move(got)); });
  async::spawn(io_.get_executor(), piv->accept(), [this](auto got) { keep(std::move(got)); });
  const auto first = until_lent(address(pool + ",label=type=piv,label=env=ci"));
  EXPECT_EQ(connect_error(address(pool + ",label=type=piv")),
            "refused: every card with these labels is taken");
  EXPECT_EQ(connect_error(address(pool + ",label=type=pgp")),
            "refused: no card there has all these labels");
  const auto second = until_lent(address(pool + ",label=env=ci"));
  EXPECT_EQ(connect_error(address("/pool.other")), "nobody offers 'pool.other' there");
}

/// A holder of many cards, who counts what their owner sends besides the streams: refusals, and
/// later checks.
class Holder final : private Receiver {
 public:
  explicit Holder(std::shared_ptr<Bus> bus) : bus_(std::move(bus)) {}
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() override {
    for (const std::string& subject : subjects_) bus_->remove(subject, *this);
  }

  void ask_for_one() {
    subjects_.push_back(bus_->new_inbox());
    bus_->add(subjects_.back(), *this);
    bus_->send("vscard.pool.ci", subjects_.back(), Open{.subject = subjects_.back()});
  }
  std::size_t streams() const { return streams_; }
  std::size_t others() const { return others_; }

 private:
  void arrived(const Arrival& arrival) override {
    const auto message = decode(arrival.payload).value();
    if (std::holds_alternative<Accept>(message)) {
      ++streams_;
      bus_->send(std::string(arrival.reply), std::string(arrival.subject), Data{});
    } else {
      ++others_;
    }
  }
  void server_gone() override {}

  std::shared_ptr<Bus> bus_;
  std::vector<std::string> subjects_;
  std::size_t streams_ = 0;
  std::size_t others_ = 0;
};

/// Or a large pool of which many want a card would do nothing else.
TEST_F(InLine, QuestionsHaveAFewHoldersChecked) {
  constexpr std::size_t kCards = 300;
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Listener>> cards;
  for (std::size_t i = 0; i < kCards; ++i) cards.push_back(lend());
  holders_.push_back(until_lent(pool()));
  const auto bus = bus_of("h");
  Holder holder(bus);
  for (std::size_t i = 1; i < kCards; ++i) holder.ask_for_one();
  while (holder.streams() < kCards - 1) io_.run_one();
  EXPECT_EQ(place_of(*dial("a")), "place 1 in line");
  Asking last(bus, "vscard.pool.ci");  // whose answer comes behind the checks
  EXPECT_EQ(run(last.ask(Probe{})), Asking::Outcome::Refused);
  const auto taken =
      std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
  const auto seconds = static_cast<std::size_t>(taken.count());
  const std::size_t signs_of_life = seconds / 5 * kCards;
  EXPECT_LE(holder.others(), (seconds + 2) * kChecks + signs_of_life);
}

TEST_F(InLine, OfManyWhoAskAtOnceOneHasEachCard) {
  constexpr std::size_t kCards = 5;
  constexpr std::size_t kAskers = 20;
  std::vector<std::unique_ptr<Listener>> cards;
  for (std::size_t i = 0; i < kCards; ++i) cards.push_back(lend());
  holders_.push_back(until_lent(pool()));
  std::deque<Holder> askers;
  for (std::size_t i = 0; i < kAskers; ++i) askers.emplace_back(bus_of(std::to_string(i)));
  for (Holder& asker : askers) asker.ask_for_one();
  const auto answered = [](const Holder& asker) { return asker.streams() + asker.others() > 0; };
  while (!std::ranges::all_of(askers, answered)) io_.run_one();
  std::size_t streams = 0;
  for (const Holder& asker : askers) streams += asker.streams();
  EXPECT_EQ(streams, kCards - 1);
}

TEST_F(InLine, AHolderThatWasKilledIsNoticedHoweverManyCardsItHas) {
  constexpr std::size_t kCards = 3 * kChecks;
  std::vector<std::unique_ptr<Listener>> cards;
  for (std::size_t i = 0; i < kCards; ++i) cards.push_back(lend());
  holders_.push_back(until_lent(pool()));
  {
    Holder holder(bus_of("h"));
    for (std::size_t i = 1; i < kCards; ++i) holder.ask_for_one();
    while (holder.streams() < kCards - 1 || kept_.size() < kCards) io_.run_one();
  }
  const auto began = std::chrono::steady_clock::now();
  for (; kept_.size() > 1; io_.run_one()) forget_ended();
  EXPECT_LT(std::chrono::steady_clock::now() - began, kSilence);
}

TEST_F(OverNats, ALeaseEnds) {
  start_server();
  const auto listener = listen(address("/pool.ci,lease=1"));
  const Ends ends = meet(*listener, address("/pool.ci"));
  EXPECT_TRUE(closed_by_remote(end_of(*ends.connecting)));
  EXPECT_EQ(end_of(*ends.listening), lease_over());
  EXPECT_EQ(connect_error(address("/pool.ci")), "refused: its lease is over, and others go first");
}

}  // namespace
}  // namespace vscard::chardev::nats
