#include "tests/simulation/simulated_guest.hpp"

#include "tests/fakes/ccid_text.hpp"

#include <algorithm>
#include <utility>

namespace vscard::tests::simulation {
namespace {

using namespace std::chrono_literals;
using ccid::Chain;
using ccid::CommandType;

/// Bytes: within a message, its limit, a stock peer's, and beyond.
constexpr std::array<std::size_t, 8> kSizes{10, 10, 54, 200, 261, 262, 271, 700};
constexpr std::array<std::size_t, 8> kResponseSizes{6, 6, 54, 118, 261, 374, 375, 700};
constexpr std::array<Duration, 4> kBetweenHalves{0ms, 1ms, 10ms, 50ms};

constexpr std::array kQuestions{CommandType::GetSlotStatus, CommandType::GetParameters,
                                CommandType::IccPowerOff, CommandType::IccPowerOn};

}  // namespace

SimulatedGuest::SimulatedGuest(Surroundings& around, UsbDriver& usb, AnswerOracle& answers,
                               CardOracle& oracle, SightOracle& sight, ccid::MessageLimits limits)
    : around_(around),
      usb_(usb),
      answers_(answers),
      oracle_(oracle),
      sight_(sight),
      limits_(limits) {
  usb_.on_message = [this](protocol::Bytes message) { receive(message); };
  usb_.configure();
}

void SimulatedGuest::act() {
  if (idle()) {
    begin_something();
  } else if (usb_.reading() && !aborting_) {
    lose_patience();
  }
}

void SimulatedGuest::begin_something() {
  if (around_.choices.one_in(32)) {
    start_over();
  } else if (around_.choices.one_in(32)) {
    usb_.send_unread(
        fakes::command(CommandType::GetSlotStatus, static_cast<std::uint8_t>(next_seq())));
  } else if (around_.choices.one_in(6)) {
    send(around_.choices.pick(kQuestions));
  } else if (powered()) {
    transfer(around_.choices.pick(kSizes), around_.choices.pick(kResponseSizes));
  } else if (usb_.card_present() == true) {
    power_on();
  }
}

void SimulatedGuest::lose_patience() {
  switch (around_.choices.below(10)) {
    case 5:
    case 6:
      abort();
      break;
    case 7:
      send(around_.choices.pick(kQuestions));
      break;
    case 8:
      forget();
      usb_.stop_reading();
      break;
    case 9:
      start_over();
      break;
    default:  // it waits
      break;
  }
}

void SimulatedGuest::start_over() {
  forget();
  slot_ = ccid::IccStatus::Absent;
  if (around_.choices.one_in(2)) {
    usb_.restart();
  } else {
    may_be_active_ = false;
    usb_.configure();
  }
}

/// Its halves come in either order.
void SimulatedGuest::abort() {
  aborting_ = true;
  const ccid::Seq seq = next_seq();
  const auto control = [this, seq] { usb_.abort(seq); };
  const auto message = [this, seq] {
    usb_.send(fakes::command(CommandType::Abort, static_cast<std::uint8_t>(seq)));
  };
  const bool control_first = around_.choices.one_in(2);
  control_first ? control() : message();
  around_.clock.after(around_.choices.pick(kBetweenHalves),
                      [this, control, message, control_first, life = life_] {
                        if (life != life_) return;
                        aborting_ = false;
                        control_first ? message() : control();
                      });
}

void SimulatedGuest::send(CommandType type) {
  const ccid::Seq seq = next_seq();
  question_ = {.type = type, .seq = seq};
  if (type == CommandType::IccPowerOn) {
    may_be_active_ = true;
    sight_.asks_for_power();
  }
  usb_.send(fakes::command(type, static_cast<std::uint8_t>(seq)));
}

void SimulatedGuest::transfer(std::size_t size, std::size_t response_size) {
  const NumberedCommand command = oracle_.send(
      size, response_size,
      {.card = SightOracle::kind_of(atr_), .as_powered = sight_.powered_what_it_knows()});
  around_.trace.note("guest", [&] { return "has command " + std::to_string(command.number); });
  transfer_ = {.command = command, .apdu = command.encode(), .response = {}};
  send_part();
}

void SimulatedGuest::send_part() {
  Transfer& transfer = *transfer_;
  const protocol::Bytes rest = transfer.apdu.view().subspan(transfer.sent);
  const protocol::Bytes part =
      rest.first(std::min(rest.size(), limits_.max_message - ccid::kHeaderSize));
  const bool first = transfer.sent == 0;
  const bool last = part.size() == rest.size();
  transfer.sent += part.size();
  if (last) {
    send_next(first ? Chain::Whole : Chain::Last, part);
  } else {
    send_next(first ? Chain::First : Chain::Middle, part);
  }
}

void SimulatedGuest::send_next(Chain chain, protocol::Bytes part) {
  transfer_->seq = next_seq();
  usb_.send(fakes::xfr_block(static_cast<std::uint8_t>(transfer_->seq), part, chain));
}

void SimulatedGuest::receive(protocol::Bytes message) {
  if ((message[7] & 0xc0) == static_cast<int>(ccid::CommandStatus::TimeExtension)) return;
  receive_status(message);
  const ccid::Seq seq{message[6]};
  const bool success = (message[7] & 0xc0) == 0;
  if (question_ && question_->seq == seq) {
    const Question question = *std::exchange(question_, std::nullopt);
    if (success) receive_answer(question, message);
  } else if (transfer_ && transfer_->seq == seq) {
    if (success) {
      receive_block(message);
    } else {
      transfer_.reset();
    }
  }
}

void SimulatedGuest::receive_status(protocol::Bytes message) {
  slot_ = ccid::IccStatus{static_cast<std::uint8_t>(message[7] & 0x03)};
  if (slot_ == ccid::IccStatus::Active && !may_be_active_) {
    around_.trace.violation("a card is active that the guest has not powered");
  }
}

void SimulatedGuest::receive_answer(const Question& question, protocol::Bytes message) {
  if (question.type == CommandType::IccPowerOff) {
    may_be_active_ = false;
    if (powered()) around_.trace.violation("a card keeps its power");
  } else if (question.type == CommandType::IccPowerOn) {
    atr_.assign(message.begin() + ccid::kHeaderSize, message.end());
    powered_at_ = around_.clock.now();
    sight_.powered(atr_);
  }
}

void SimulatedGuest::receive_block(protocol::Bytes message) {
  const Chain chain{message[9]};
  const protocol::Bytes data = message.subspan(ccid::kHeaderSize);
  std::vector<std::uint8_t>& response = transfer_->response;
  response.insert(response.end(), data.begin(), data.end());
  if (chain == Chain::Next) {
    send_part();
  } else if (chain == Chain::First || chain == Chain::Middle) {
    send_next(Chain::Next, {});
  } else {
    oracle_.answered(transfer_->command, response);
    transfer_.reset();
    ++successes_;
  }
}

/// What it was doing.
void SimulatedGuest::forget() {
  ++life_;
  aborting_ = false;
  transfer_.reset();
  question_.reset();
}

ccid::Seq SimulatedGuest::next_seq() { return ccid::Seq{++seq_}; }

}  // namespace vscard::tests::simulation
