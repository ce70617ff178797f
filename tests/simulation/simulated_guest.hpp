#pragma once

#include "tests/simulation/card_oracle.hpp"
#include "tests/simulation/usb_driver.hpp"

#include <optional>
#include <vector>

namespace vscard::tests::simulation {

/// The guest's smart card driver and the programs that use it: mostly one command after the other,
/// as libccid does; sometimes it aborts, interrupts itself, gives up or starts anew.
class SimulatedGuest {
 public:
  /// All outlive it.
  SimulatedGuest(Surroundings& around, UsbDriver& usb, AnswerOracle& answers, CardOracle& oracle,
                 SightOracle& sight, ccid::MessageLimits limits);

  /// Does one of the things that may be done now, or nothing.
  void act();
  /// Waits for nothing.
  bool idle() const { return !answers_.owed() && !transfer_ && !question_ && !aborting_; }

  // One of them, when idle.

  void ask_slot_status() { send(ccid::CommandType::GetSlotStatus); }
  void power_on() { send(ccid::CommandType::IccPowerOn); }
  /// Precondition: powered().
  void transfer(std::size_t size, std::size_t response_size);

  /// What the last answer said of the card.
  ccid::IccStatus slot() const { return slot_; }
  bool powered() const { return slot_ == ccid::IccStatus::Active && !atr_.empty(); }
  /// Of the last power on, and when that was.
  protocol::Bytes atr() const { return atr_; }
  Time powered_at() const { return powered_at_; }
  /// Commands that the card has answered.
  unsigned successes() const { return successes_; }

 private:
  /// A command for the card on its way: its APDU in messages, and its response.
  struct Transfer {
    NumberedCommand command;
    protocol::SecretBytes apdu;
    std::size_t sent = 0;  ///< bytes of apdu
    std::vector<std::uint8_t> response;
    ccid::Seq seq{};  ///< of the message that is at the reader
  };

  /// A command that the reader answers at once.
  struct Question {
    ccid::CommandType type{};
    ccid::Seq seq{};
  };

  void begin_something();
  void lose_patience();
  void start_over();
  void abort();
  void send(ccid::CommandType type);
  void send_part();
  void send_next(ccid::Chain chain, protocol::Bytes part);
  void receive(protocol::Bytes message);
  void receive_status(protocol::Bytes message);
  void receive_answer(const Question& question, protocol::Bytes message);
  void receive_block(protocol::Bytes message);
  void forget();
  ccid::Seq next_seq();

  Surroundings& around_;
  UsbDriver& usb_;
  AnswerOracle& answers_;
  CardOracle& oracle_;
  SightOracle& sight_;
  ccid::MessageLimits limits_;
  std::uint8_t seq_ = 0;
  std::optional<Transfer> transfer_;
  std::optional<Question> question_;
  bool aborting_ = false;   ///< a half of an abort is to come
  std::uint32_t life_ = 0;  ///< what was to come in an earlier one is void
  ccid::IccStatus slot_ = ccid::IccStatus::Absent;
  bool may_be_active_ = false;  ///< it has been told to power a card
  std::vector<std::uint8_t> atr_;
  Time powered_at_;
  unsigned successes_ = 0;
};

}  // namespace vscard::tests::simulation
