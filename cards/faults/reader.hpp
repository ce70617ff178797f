#pragma once

#include "async/event.hpp"
#include "cards/faults/faults.hpp"
#include "cards/faults/hit.hpp"
#include "cards/reader.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vscard::cards::faults {

/// A card that misbehaves on demand: a reader around another one. Without a fault a command goes
/// straight on.
class Reader final : public cards::Reader {
 public:
  /// `inner` outlives this object. `on_hit` is called for each fault that fires.
  Reader(asio::any_io_executor executor, cards::Reader& inner, std::vector<Fault> faults,
         std::function<void(const Hit&)> on_hit);

  ReaderInfo info() const override;
  void watch(std::function<void(const CardEvent&)> on_event) override;
  Awaitable<std::expected<protocol::SecretBytes, CardError>> transmit(
      protocol::SecretBytes command) override;
  void stop_command() override { inner_.stop_command(); }
  bool alive() const override { return inner_.alive(); }
  Awaitable<void> renew() override { return inner_.renew(); }
  Awaitable<std::expected<protocol::iso7816::Atr, CardError>> reset(PowerAction action) override;

  void add(Fault fault) { faults_.add(std::move(fault)); }
  /// No faults from now on. A card that is out comes back, and a slow command ends.
  void clear();
  std::vector<Faults::Listed> list() const { return faults_.list(); }

 private:
  using Response = std::expected<protocol::SecretBytes, CardError>;
  using PowerOn = std::expected<protocol::iso7816::Atr, CardError>;

  bool just_passes_on() const { return faults_.empty() && !out_ && came_ == done_; }
  Awaitable<void> turn();
  void end_turn();
  Awaitable<Response> transmit_in_turn(protocol::SecretBytes command);
  Awaitable<PowerOn> reset_in_turn(PowerAction action);
  Awaitable<Response> obey(Verdict verdict, protocol::SecretBytes command);
  Awaitable<void> wait(protocol::Duration duration);
  Awaitable<void> remove(std::optional<protocol::Duration> back);
  Awaitable<void> come_back_after(protocol::Duration duration, std::uint64_t removal);
  void put_back();
  Awaitable<void> reset_by_other();
  void on_event(const CardEvent& event);
  protocol::iso7816::Atr shown(const protocol::iso7816::Atr& atr);
  void show(const CardEvent& event);

  asio::any_io_executor executor_;
  cards::Reader& inner_;
  Faults faults_;
  std::function<void(const Hit&)> on_hit_;
  std::function<void(const CardEvent&)> on_event_;
  std::optional<protocol::iso7816::Atr> atr_;  ///< of the card that is in the reader
  bool out_ = false;                           ///< … and was pulled out by a fault
  std::uint64_t removals_ = 0;
  std::uint64_t clearings_ = 0;
  // Commands and resets that are not just passed on, one after the other.
  std::uint64_t came_ = 0;
  std::uint64_t done_ = 0;
  async::Event changed_;
};

}  // namespace vscard::cards::faults
