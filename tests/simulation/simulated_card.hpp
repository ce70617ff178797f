#pragma once

#include "protocol/iso7816/atr.hpp"
#include "protocol/secret.hpp"
#include "tests/simulation/card_oracle.hpp"
#include "tests/simulation/surroundings.hpp"

#include <deque>
#include <functional>
#include <optional>

namespace vscard::tests::simulation {

/// What a card tells the side that owns it: the events of cards::Reader.
class CardWatcher {
 public:
  CardWatcher() = default;
  CardWatcher(const CardWatcher&) = delete;
  CardWatcher& operator=(const CardWatcher&) = delete;
  virtual ~CardWatcher() = default;

  virtual void card_inserted(const protocol::iso7816::Atr& atr) = 0;
  virtual void card_removed() = 0;
  virtual void card_reset(const protocol::iso7816::Atr& atr) = 0;
};

/// A card, or none, in a reader that keeps the contract of cards::Reader. It answers at once, late
/// or never; fails; is swapped, pulled out, and reset by another program.
class SimulatedCard {
 public:
  /// All outlive it. The cards' kinds follow `kind`.
  SimulatedCard(Surroundings& around, CardOracle& oracle, SightOracle& sight, std::uint8_t kind)
      : around_(around), oracle_(oracle), sight_(sight), kind_(kind) {}

  /// `watcher` outlives the card.
  void watch(CardWatcher& watcher) { watcher_ = &watcher; }
  using Answer = std::function<void(std::optional<protocol::SecretBytes>)>;
  /// Nothing as answer: the card gave none. Jobs are done in order.
  void transmit(protocol::SecretBytes command, SessionNumber session, Answer answer);
  using AfterReset = std::function<void(std::optional<protocol::iso7816::Atr>)>;
  void reset(AfterReset after);

  // The world.

  void insert();
  void remove();
  /// Another program resets it, after which its ATR may be another one.
  void reset_by_another();

  /// Nothing: no card is in.
  const std::optional<protocol::iso7816::Atr>& atr() const { return atr_; }
  /// It works on a command that it will not answer as long as it is in.
  bool stuck() const { return stuck_; }
  /// When another program has reset it last.
  Time reset_by_another_at() const { return reset_by_another_at_; }

 private:
  struct Job {
    protocol::SecretBytes command;  ///< empty: a reset
    SessionNumber session{};
    Answer answer;
    AfterReset after_reset;
  };
  void add(Job job);
  void work();
  void execute(const Job& job);
  void end_after(Duration time, bool answers);
  void end(bool answers);
  void power(std::uint8_t reset);
  void power_anew();

  Surroundings& around_;
  CardOracle& oracle_;
  SightOracle& sight_;
  CardWatcher* watcher_ = nullptr;
  std::optional<protocol::iso7816::Atr> atr_;
  std::uint8_t kind_;
  std::deque<Job> jobs_;
  bool working_ = false;  ///< on the first one
  bool stuck_ = false;
  Time reset_by_another_at_;
  std::uint32_t round_ = 0;  ///< what was meant for an earlier one is void
};

}  // namespace vscard::tests::simulation
