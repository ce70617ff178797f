#include "tests/simulation/usb_driver.hpp"

#include "tests/fakes/ccid_text.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace vscard::tests::simulation {
namespace {

using namespace std::chrono_literals;

constexpr usb::Setup kSetConfiguration{.request_type = 0x00, .request = 9, .value = 1};
constexpr usb::Setup kSetInterface{.request_type = 0x01, .request = 11};

/// How long the guest takes for anything.
constexpr std::array<Duration, 4> kReaction{50us, 200us, 1ms, 5ms};
/// Bytes that it asks for at once, whole pieces of a transfer.
constexpr std::array<std::size_t, 4> kRequestSizes{4096, 512, 128, 64};

std::string name_of(ccid::CommandType type) {
  using ccid::CommandType;
  static const std::map<CommandType, std::string> names{
      {CommandType::IccPowerOn, "IccPowerOn"},       {CommandType::IccPowerOff, "IccPowerOff"},
      {CommandType::GetSlotStatus, "GetSlotStatus"}, {CommandType::GetParameters, "GetParameters"},
      {CommandType::XfrBlock, "XfrBlock"},           {CommandType::Abort, "Abort"}};
  return names.at(type);
}

std::string describe(protocol::Bytes message) {
  return name_of(ccid::parse_command(message).value().command.type) + " " +
         std::to_string(message[6]) + ", " + std::to_string(message.size()) + " bytes";
}

}  // namespace

UsbDriver::UsbDriver(Surroundings& around, HostReader& host, AnswerOracle& answers,
                     SightOracle& sight, Interrupts interrupts)
    : around_(around), host_(host), answers_(answers), sight_(sight), interrupts_(interrupts) {
  host_.plug_into(*this);
}

void UsbDriver::configure() {
  around_.trace.note("guest", "resets and configures the device");
  host_.reset();
  start_anew(kSetConfiguration);
}

void UsbDriver::restart() {
  around_.trace.note("guest", "sets the interface");
  start_anew(kSetInterface);
}

void UsbDriver::start_anew(const usb::Setup& setup) {
  ++start_;
  answers_.forgiven();
  message_.clear();
  inbox_.clear();
  unread_ = false;
  card_present_.reset();
  sight_.looks_away();
  if (host_.control(setup) != usb::Status::Success) around_.trace.violation("a request stalls");
  listen();
}

void UsbDriver::listen() {
  if (interrupts_ == Interrupts::Requested) {
    host_.submit_in(next_id(), usb::kInterruptIn, usb::kInterruptPacket);
  } else {
    host_.announce_slot();
  }
}

void UsbDriver::send(protocol::Bytes message) {
  around_.trace.note("guest", [&] { return "sends " + describe(message); });
  answers_.sent(ccid::parse_command(message).value().command);
  if (!reading() && !unread_ && around_.choices.one_in(2)) read();
  write(message);
  unread_ = false;
  later([this] { read_on(); });
}

void UsbDriver::send_unread(protocol::Bytes message) {
  around_.trace.note("guest", [&] { return "sends, and does not read: " + describe(message); });
  write(message);
  unread_ = true;
}

void UsbDriver::write(protocol::Bytes message) {
  const std::size_t piece = around_.choices.pick(kRequestSizes);
  for (std::size_t sent = 0; sent < message.size(); sent += piece) {
    host_.submit_out(next_id(), message.subspan(sent, std::min(piece, message.size() - sent)));
  }
}

void UsbDriver::abort(ccid::Seq seq) {
  const auto value = static_cast<std::uint16_t>(static_cast<unsigned>(seq) << 8);
  around_.trace.note("guest", [&] { return "aborts " + std::to_string(value >> 8); });
  answers_.aborted();
  host_.control({.request_type = 0x21, .request = 1, .value = value});
}

void UsbDriver::stop_reading() {
  around_.trace.note("guest", "stops reading");
  answers_.forgiven();
  message_.clear();
  host_.cancel(*reading_);
}

void UsbDriver::read() {
  reading_ = next_id();
  room_ = around_.choices.pick(kRequestSizes);
  host_.submit_in(*reading_, usb::kBulkIn, room_);
}

void UsbDriver::read_on() {
  if (!reading() && answers_.owed()) read();
}

void UsbDriver::completed(const usb::Device::Completed& completed) {
  if (completed.endpoint == usb::kBulkIn) reading_.reset();
  if (completed.status == usb::Status::Cancelled) return;
  if (completed.status != usb::Status::Success) {
    around_.trace.violation("a USB request fails");
  } else if (completed.endpoint == usb::kBulkIn) {
    receive(completed.data.view());
  } else if (completed.endpoint == usb::kInterruptIn) {
    receive_notification(completed.data.view());
    later([this] { listen(); });
  }
}

/// A message is over when a request is not full.
void UsbDriver::receive(protocol::Bytes bytes) {
  message_.insert(message_.end(), bytes.begin(), bytes.end());
  if (bytes.size() < room_ && !message_.empty()) {
    around_.trace.note("guest", [&] { return "gets " + fakes::text_of(message_); });
    answers_.arrived(message_);
    inbox_.push_back(std::exchange(message_, {}));
    later([this] { deliver(); });
  }
  later([this] { read_on(); });
}

void UsbDriver::deliver() {
  const auto message = std::move(inbox_.front());
  inbox_.pop_front();
  on_message(message);
}

void UsbDriver::interrupt_ready() {
  if (interrupts_ != Interrupts::Taken) return;
  later([this] {
    if (const auto notification = host_.take_notification()) receive_notification(*notification);
  });
}

void UsbDriver::receive_notification(protocol::Bytes bytes) {
  card_present_ = (bytes[1] & 0x01) != 0;
  sight_.sees_slot(*card_present_);
  around_.trace.note("guest", *card_present_ ? "sees a card" : "sees no card");
}

/// Unless everything starts anew before.
void UsbDriver::later(std::function<void()> what) {
  around_.clock.after(around_.choices.pick(kReaction),
                      [this, what = std::move(what), start = start_] {
                        if (start == start_) what();
                      });
}

}  // namespace vscard::tests::simulation
