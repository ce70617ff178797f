#pragma once

#include "tests/simulation/answer_oracle.hpp"
#include "tests/simulation/host_reader.hpp"
#include "tests/simulation/sight_oracle.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace vscard::tests::simulation {

/// The guest's USB stack below its smart card driver: cuts messages into requests, and joins the
/// data of requests to messages. While an answer is owed it reads.
class UsbDriver final : public UsbCarrier {
 public:
  /// How it learns of slot changes: usbredir's way, or a request that waits, as USB/IP's.
  enum class Interrupts { Taken, Requested };

  /// All outlive it.
  UsbDriver(Surroundings& around, HostReader& host, AnswerOracle& answers, SightOracle& sight,
            Interrupts interrupts);

  std::function<void(protocol::Bytes)> on_message;  ///< some time after it came

  /// From a bus reset to a configured device.
  void configure();
  /// SET_INTERFACE: both pipes start anew.
  void restart();
  void send(protocol::Bytes message);
  /// … and never reads the answer.
  void send_unread(protocol::Bytes message);
  void abort(ccid::Seq seq);
  /// Gives the command up. Precondition: reading().
  void stop_reading();

  /// A request for an answer is at the device.
  bool reading() const { return reading_.has_value(); }
  /// Requests that are at the device when no answer is owed: the one that waits for slot changes.
  std::size_t resting_requests() const { return interrupts_ == Interrupts::Requested ? 1 : 0; }
  /// What the last slot change said; nothing: none has come.
  std::optional<bool> card_present() const { return card_present_; }

 private:
  void completed(const usb::Device::Completed& completed) override;
  void interrupt_ready() override;
  void start_anew(const usb::Setup& setup);
  void write(protocol::Bytes message);
  void listen();
  void read();
  void read_on();
  void receive(protocol::Bytes bytes);
  void deliver();
  void receive_notification(protocol::Bytes bytes);
  usb::RequestId next_id() { return usb::RequestId{++last_id_}; }
  void later(std::function<void()> what);

  Surroundings& around_;
  HostReader& host_;
  AnswerOracle& answers_;
  SightOracle& sight_;
  Interrupts interrupts_;
  std::uint64_t last_id_ = 0;
  std::uint32_t start_ = 0;  ///< what was to happen before a new one is void
  std::optional<usb::RequestId> reading_;
  std::size_t room_ = 0;               ///< bytes of that request
  std::vector<std::uint8_t> message_;  ///< begun
  std::deque<std::vector<std::uint8_t>> inbox_;
  bool unread_ = false;  ///< an answer may be at the device
  std::optional<bool> card_present_;
};

}  // namespace vscard::tests::simulation
