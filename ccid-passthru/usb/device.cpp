#include "ccid-passthru/usb/device.hpp"

#include <algorithm>
#include <utility>

namespace vscard::ccid_passthru::usb {

namespace {

/// A request that got nothing.
Device::Completed ended(RequestId id, std::uint8_t address, Status status) {
  return {.id = id, .endpoint = address, .status = status, .length = 0, .data = {}};
}

Device::Completed filled(RequestId id, std::uint8_t address, protocol::SecretBytes data) {
  const std::size_t length = data.size();
  return {.id = id,
          .endpoint = address,
          .status = Status::Success,
          .length = length,
          .data = std::move(data)};
}

}  // namespace

Device::Device(const Identity& identity, ccid::MessageLimits limits, Tap* tap)
    : descriptors_(identity, limits), tap_(tap), reader_(limits), bulk_out_(limits) {}

Device::Endpoint* Device::find_endpoint(std::uint16_t address) {
  auto* const found = std::ranges::find(endpoints_, address, &Endpoint::address);
  return configured_ && found != endpoints_.end() ? &*found : nullptr;
}

/// May a request be submitted to it?
Status Device::admit(const Endpoint* endpoint) {
  if (endpoint == nullptr) return Status::Invalid;
  if (endpoint->halted) return Status::Stall;
  if (endpoint->pending.size() >= kMaxPendingRequests) return Status::TooMany;
  return Status::Success;
}

Device::Actions Device::submit_out(RequestId id, std::uint8_t address, protocol::Bytes data,
                                   protocol::Time now) {
  Actions out;
  Endpoint* endpoint = address == kBulkOut ? find_endpoint(address) : nullptr;
  if (const Status status = admit(endpoint); status != Status::Success) {
    out.emplace_back(ended(id, address, status));
    return out;
  }
  const BulkOut::Outcome outcome = bulk_out_.feed(data);
  if (outcome == BulkOut::Outcome::Nonsense) {
    halt(*endpoint, out);
    out.emplace_back(ended(id, address, Status::Stall));
    return out;
  }
  out.emplace_back(Completed{
      .id = id, .endpoint = address, .status = Status::Success, .length = data.size(), .data = {}});
  if (outcome == BulkOut::Outcome::Incomplete) return out;

  // What the guest has not read by now, it does not wait for any more.
  bulk_in_.clear();
  if (tap_ != nullptr) tap_->see_command(bulk_out_.message());
  perform(reader_.receive(bulk_out_.message(), now), out);
  bulk_in_.keep_newest();
  if (outcome == BulkOut::Outcome::Message) bulk_out_.clear();
  return out;
}

Device::Actions Device::submit_in(RequestId id, std::uint8_t address, std::size_t length) {
  Actions out;
  Endpoint* endpoint = address == kBulkOut ? nullptr : find_endpoint(address);
  if (const Status status = admit(endpoint); status != Status::Success) {
    out.emplace_back(ended(id, address, status));
    return out;
  }
  endpoint->pending.push_back({id, length});
  address == kBulkIn ? fill_bulk_in(out) : fill_interrupt(out);
  return out;
}

Device::Actions Device::cancel(RequestId id) {
  Actions out;
  for (Endpoint& endpoint : endpoints_) {
    const auto found = std::ranges::find(endpoint.pending, id, &Pending::id);
    if (found == endpoint.pending.end()) continue;
    endpoint.pending.erase(found);
    out.emplace_back(ended(id, endpoint.address, Status::Cancelled));
    if (endpoint.address == kBulkIn && endpoint.pending.empty()) {
      bulk_out_.clear();
      perform(reader_.abandon(), out);
    }
    break;
  }
  return out;
}

Device::Actions Device::reset() {
  Actions out;
  restart_pipes(out);
  configured_ = false;
  perform(reader_.reset(), out);
  return out;
}

std::optional<ccid::Notification> Device::take_notification() {
  const Endpoint* endpoint = find_endpoint(kInterruptIn);
  if (endpoint == nullptr || endpoint->halted) return std::nullopt;
  return take_from_reader();
}

std::optional<ccid::Notification> Device::take_from_reader() {
  const auto notification = reader_.take_notification();
  if (tap_ != nullptr && notification) tap_->see_notification(*notification);
  return notification;
}

Device::Actions Device::announce_slot() { return perform(reader_.announce_slot()); }

Device::Actions Device::insert_card(const protocol::iso7816::Atr& atr, protocol::Time now) {
  return perform(reader_.insert_card(atr, now));
}

Device::Actions Device::remove_card(protocol::Time now) {
  return perform(reader_.remove_card(now));
}

Device::Actions Device::respond(protocol::SecretBytes response) {
  return perform(reader_.respond(std::move(response)));
}

Device::Actions Device::fail(protocol::Errc reason) { return perform(reader_.fail(reason)); }

Device::Actions Device::expire(protocol::Time now) { return perform(reader_.expire(now)); }

Device::Actions Device::perform(ccid::Reader::Actions actions) {
  Actions out;
  perform(std::move(actions), out);
  return out;
}

void Device::perform(ccid::Reader::Actions actions, Actions& out) {
  using ccid::Reader;
  for (Reader::Action& action : actions) {
    if (auto* answer = std::get_if<Reader::Answer>(&action)) {
      if (tap_ != nullptr) tap_->see_reply(answer->message.view());
      bulk_in_.push_answer(std::move(answer->message));
    } else if (auto* extension = std::get_if<Reader::TimeExtension>(&action)) {
      if (tap_ != nullptr) tap_->see_reply(extension->message.view());
      bulk_in_.push_time_extension(std::move(extension->message));
    } else if (std::holds_alternative<Reader::SlotChanged>(action)) {
      fill_interrupt(out);
    } else if (auto* transmit = std::get_if<Transmit>(&action)) {
      out.emplace_back(std::move(*transmit));
    } else if (const auto* power = std::get_if<PowerCard>(&action)) {
      out.emplace_back(*power);
    } else {
      out.emplace_back(AbortTransmit{});
    }
  }
  fill_bulk_in(out);
}

void Device::fill_bulk_in(Actions& out) {
  Endpoint* endpoint = find_endpoint(kBulkIn);
  while (endpoint != nullptr && !endpoint->pending.empty()) {
    const Pending request = endpoint->pending.front();
    auto data = bulk_in_.take(request.length);
    if (!data) return;
    endpoint->pending.pop_front();
    bulk_out_.guest_has_read();
    out.emplace_back(filled(request.id, kBulkIn, std::move(*data)));
  }
}

void Device::fill_interrupt(Actions& out) {
  Endpoint* endpoint = find_endpoint(kInterruptIn);
  if (endpoint == nullptr || endpoint->halted || !reader_.notification_due()) return;
  while (!endpoint->pending.empty()) {
    const Pending request = endpoint->pending.front();
    endpoint->pending.pop_front();
    if (request.length < sizeof(ccid::Notification)) {
      out.emplace_back(ended(request.id, kInterruptIn, Status::Babble));
      continue;
    }
    const auto notification = take_from_reader();
    if (!notification) return;
    out.emplace_back(
        filled(request.id, kInterruptIn, protocol::SecretBytes::copy_of(*notification)));
    return;
  }
  out.emplace_back(InterruptReady{});
}

void Device::halt(Endpoint& endpoint, Actions& out) {
  endpoint.halted = true;
  for (const Pending& request : std::exchange(endpoint.pending, {})) {
    out.emplace_back(ended(request.id, endpoint.address, Status::Stall));
  }
}

/// Every pipe as new: nothing pending, nothing begun, nothing halted.
void Device::restart_pipes(Actions& out) {
  for (Endpoint& endpoint : endpoints_) {
    for (const Pending& request : std::exchange(endpoint.pending, {})) {
      out.emplace_back(ended(request.id, endpoint.address, Status::Cancelled));
    }
    endpoint.halted = false;
  }
  bulk_out_.clear();
  bulk_in_.clear();
}

}  // namespace vscard::ccid_passthru::usb
