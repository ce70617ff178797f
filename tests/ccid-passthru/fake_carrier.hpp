#pragma once

#include "async/event.hpp"
#include "ccid-passthru/carrier.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/hex.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vscard::ccid_passthru::test {

/// A carrier without a wire: the test is the guest, whose requests go straight to the device.
class FakeCarrier final : public Carrier {
 public:
  explicit FakeCarrier(CarriedDevice carried) : carried_(std::move(carried)) {}

  // The guest.

  void come() {
    present_ = true;
    auto configured = carried_.device.control({.request_type = 0, .request = 9, .value = 1});
    sort(std::move(configured.actions));
  }
  /// Sends a message, and reads for its answer.
  void send(ccid::CommandType type, std::uint8_t seq, std::string_view data = "") {
    const auto message = fakes::command(type, seq, data);
    sort(carried_.device.submit_out(next_id(), usb::kBulkOut, message, protocol::Clock::now()));
    read_ = next_id();
    sort(carried_.device.submit_in(read_, usb::kBulkIn, ccid::kMaxMessage));
  }
  /// Gives up the read of its last command.
  void cancel() { sort(carried_.device.cancel(read_)); }
  void go() {
    present_ = false;
    sort(carried_.device.reset());
  }
  /// The answers since the last call, as text, and the slot's changes: "slot 5003".
  std::vector<std::string> seen() { return std::exchange(seen_, {}); }

  // The carrier.

  /// Ends run() with it, as a link does that has no hope.
  void fail(const std::string& why) {
    ended_ = Result<>(std::unexpected(why));
    changed_.notify();
  }
  Result<> opening;  ///< what open() gives
  int left = 0;      ///< calls of leave()

  Result<> open() override { return opening; }
  Awaitable<Result<>> run() override {
    while (!ended_) co_await changed_.wait();
    co_return *ended_;
  }
  void perform(usb::Device::Action action) override {
    if (!present_) return;
    if (const auto* completed = std::get_if<usb::Device::Completed>(&action)) {
      if (completed->endpoint == usb::kBulkIn && completed->status == usb::Status::Success) {
        seen_.push_back(fakes::text_of(completed->data.view()));
      }
    } else if (const auto notification = carried_.device.take_notification()) {
      seen_.push_back("slot " + fakes::to_hex(*notification));
    }
  }
  void leave() override {
    ++left;
    if (!ended_) ended_ = Result<>();
    changed_.notify();
  }
  std::string address() const override { return "fake:guest"; }
  std::optional<std::string> remote() const override {
    if (!present_) return std::nullopt;
    return "the fake guest";
  }

 private:
  usb::RequestId next_id() { return usb::RequestId{++last_id_}; }

  void sort(usb::Device::Actions actions) {
    usb::Device::Actions for_card;
    for (auto& action : actions) {
      usb::Device::is_for_card(action) ? for_card.push_back(std::move(action))
                                       : perform(std::move(action));
    }
    carried_.for_card(std::move(for_card));
  }

  CarriedDevice carried_;
  bool present_ = false;
  std::uint64_t last_id_ = 0;
  usb::RequestId read_{};
  std::vector<std::string> seen_;
  std::optional<Result<>> ended_;
  async::Event changed_;
};

}  // namespace vscard::ccid_passthru::test
