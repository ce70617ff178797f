#include "ccid-passthru/usbip/exporter.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace vscard::ccid_passthru::usbip {
namespace {

using usb::Device;
using usb::RequestId;
using usb::Status;

constexpr std::uint32_t kReturnSubmit = 3;
constexpr std::uint32_t kReturnUnlink = 4;

/// Negative numbers of errors of Linux, as Documentation/driver-api/usb/error-codes.rst has them.
enum class Error : std::int32_t {
  None = 0,
  NoEndpoint = -2,      ///< ENOENT
  NoMemory = -12,       ///< ENOMEM
  Stall = -32,          ///< EPIPE
  Overflow = -75,       ///< EOVERFLOW
  Unlinked = -104,      ///< ECONNRESET
  Disabled = -108,      ///< ESHUTDOWN: its endpoint was restarted
  ShortTransfer = -121  ///< EREMOTEIO
};

Error error_of(Status status) {
  switch (status) {
    case Status::Success:
      return Error::None;
    case Status::Cancelled:
      return Error::Disabled;
    case Status::Invalid:
      return Error::NoEndpoint;
    case Status::TooMany:
      return Error::NoMemory;
    case Status::Stall:
      return Error::Stall;
    case Status::Babble:
      return Error::Overflow;
  }
  return Error::NoEndpoint;
}

bool sets_configuration(const usb::Setup& setup) {
  return setup.request_type == 0x00 && setup.request == 9 && setup.value != 0;  // USB 2.0 §9.4.7
}

bool is_input(std::uint8_t address) { return (address & 0x80) != 0; }

using PacketWriter = protocol::ByteWriter<protocol::SecretBytes>;

//     0         4          8          20       24
//     | command | sequence | 0, 0, 0  | status | …                               big endian
//     |         |          |          |        | actual length | 0 | iso packets | 0, 0, 0
//     48
//     | IN: actual length bytes
void begin(PacketWriter& out, std::uint32_t command, std::uint32_t sequence, Error error) {
  out.u32_be(command);
  out.u32_be(sequence);
  for (int i = 0; i < 3; ++i) out.u32_be(0);  // devid, direction, endpoint: of requests only
  out.u32_be(static_cast<std::uint32_t>(error));
}

protocol::SecretBytes unlinked(std::uint32_t sequence, Error error) {
  auto packet = protocol::SecretBytes::with_capacity(kRequestHeader);
  PacketWriter out(packet);
  begin(out, kReturnUnlink, sequence, error);
  for (int i = 0; i < 6; ++i) out.u32_be(0);
  return packet;
}

}  // namespace

Exporter::Exporter(Device& device, protocol::SecretBytes first) : device_(device) {
  push(std::move(first));
}

std::expected<GuestProtocol::Received, std::error_code> Exporter::receive(protocol::Bytes& input,
                                                                          protocol::Time now) {
  const auto next = decoder_.next(input);
  if (!next) return std::unexpected(next.error());
  Received received;
  if (*next) std::visit([&](const auto& request) { handle(request, now, received); }, **next);
  return received;
}

void Exporter::handle(const Submit& submit, protocol::Time now, Received& received) {
  awaited_[submit.sequence] = {.length = submit.length,
                               .short_is_error = submit.short_is_error,
                               .iso_packets = submit.iso_packets};
  const RequestId id{submit.sequence};
  if ((submit.endpoint & 0x7f) == 0) {
    control(submit, received);
  } else if (is_input(submit.endpoint)) {
    sort(device_.submit_in(id, submit.endpoint, submit.length), received);
  } else {
    sort(device_.submit_out(id, submit.endpoint, submit.data.view(), now), received);
  }
}

void Exporter::handle(const Unlink& unlink, protocol::Time /*now*/, Received& received) {
  auto actions = device_.cancel(RequestId{unlink.victim});
  const auto taken_back = std::erase_if(actions, [](const Device::Action& action) {
    return std::holds_alternative<Device::Completed>(action);
  });
  if (taken_back > 0) awaited_.erase(unlink.victim);
  push(unlinked(unlink.sequence, taken_back > 0 ? Error::Unlinked : Error::None));
  sort(std::move(actions), received);
}

void Exporter::control(const Submit& submit, Received& received) {
  const bool input = is_input(submit.endpoint);
  Device::ControlResult result{.status = Status::Stall, .data = {}, .actions = {}};
  // One that contradicts itself is not supported. Without data there is no direction.
  if (is_input(submit.setup.request_type) == input || submit.setup.length == 0) {
    result = device_.control(submit.setup);
  }
  sort(std::exchange(result.actions, {}), received);
  const std::size_t size = std::min<std::size_t>(result.data.size(), submit.length);
  perform(Device::Completed{.id = RequestId{submit.sequence},
                            .endpoint = submit.endpoint,
                            .status = result.status,
                            .length = input ? size : submit.data.size(),
                            .data = protocol::SecretBytes::copy_of(
                                protocol::Bytes(result.data).first(input ? size : 0))});
  // What begins to listen would otherwise wait for the first change.
  if (sets_configuration(submit.setup) && result.status == Status::Success) {
    sort(device_.announce_slot(), received);
  }
}

/// To the guest, or to the card.
void Exporter::sort(Device::Actions actions, Received& received) {
  for (auto& action : actions) {
    if (Device::is_for_card(action)) {
      received.for_card.push_back(std::move(action));
    } else {
      perform(std::move(action));
    }
  }
}

void Exporter::perform(Device::Action action) {
  // InterruptReady: the transfer that asks for it gets it.
  const auto* completed = std::get_if<Device::Completed>(&action);
  if (completed == nullptr) return;
  const auto sequence = static_cast<std::uint32_t>(completed->id);
  const Awaited awaited = take_awaited(sequence);
  const bool succeeded = completed->status == Status::Success;
  const bool is_short = awaited.short_is_error && completed->length < awaited.length;
  const std::size_t length = succeeded ? completed->length : 0;

  auto packet = protocol::SecretBytes::with_capacity(kRequestHeader + completed->data.size());
  PacketWriter out(packet);
  begin(out, kReturnSubmit, sequence,
        succeeded && is_short ? Error::ShortTransfer : error_of(completed->status));
  out.u32_be(static_cast<std::uint32_t>(length));
  out.u32_be(0);  // start frame
  out.u32_be(awaited.iso_packets);
  for (int i = 0; i < 3; ++i) out.u32_be(0);  // errors among the packets; padding
  packet.append(completed->data.view());
  push(std::move(packet));
}

Exporter::Awaited Exporter::take_awaited(std::uint32_t sequence) {
  const auto node = awaited_.extract(sequence);
  return node ? node.mapped() : Awaited{};
}

std::optional<protocol::SecretBytes> Exporter::take_output() {
  if (output_.empty()) return std::nullopt;
  auto packet = std::move(output_.front());
  output_.pop_front();
  output_bytes_ -= packet.size();
  return packet;
}

void Exporter::push(protocol::SecretBytes packet) {
  output_bytes_ += packet.size();
  output_.push_back(std::move(packet));
}

}  // namespace vscard::ccid_passthru::usbip
