#pragma once

#include "ccid-passthru/usbip/exporter.hpp"
#include "tests/fakes/cards.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/steps.hpp"
#include "tests/fakes/usbip_client.hpp"

#include <memory>
#include <string>
#include <utility>

namespace vscard::ccid_passthru::usbip::test {

/// A device with an exporter, a client as vhci_hcd is, and a card that may answer when it was given
/// nothing. A connection that is lost is closed.
class ExporterWorld {
 public:
  using Raw = fakes::UsbipClient::Raw;
  using Lines = fakes::Lines;

  ExporterWorld() { exporter_->take_output(); }

  fakes::UsbipClient& client() { return client_; }

  Lines send(const Raw& bytes) {
    if (lost_) return {};
    for (protocol::Bytes input(bytes); !input.empty();) {
      auto received = exporter_->receive(input, now_);
      lost_ = !received;
      if (lost_) return lines();
      for (auto& action : received->for_card) perform(std::move(action));
    }
    return lines();
  }
  Lines insert() { return perform_all(device_.insert_card(fakes::atr("3b00"), now_)); }
  void remove() { perform_all(device_.remove_card(now_)); }
  Lines respond(const std::string& hex) { return perform_all(device_.respond(fakes::secret(hex))); }
  void fail() { perform_all(device_.fail(protocol::Errc::CardFailed)); }
  Lines wait(protocol::Duration duration) {
    now_ += duration;
    return perform_all(device_.expire(now_));
  }
  bool lost() const { return lost_; }

  std::string wrong() const { return client_.wrong(); }
  void end() {
    if (!lost_ && !exporter_->in_packet()) {
      perform_all(device_.reset());
      unanswered_ = client_.owed();
    }
    lost_ = true;
    perform_all(device_.reset());
    perform_all(device_.remove_card(now_));
  }
  std::string owed() const {
    if (device_.busy()) return "the answer of a command";
    return unanswered_ ? "the answer to a request" : "";
  }
  void begin_again() {
    wait(ccid::kEmptyTime);
    exporter_ = std::make_unique<Exporter>(device_, protocol::SecretBytes());
    exporter_->take_output();
    client_ = {};
    unanswered_ = lost_ = false;
  }

 private:
  Lines perform_all(usb::Device::Actions actions) {
    for (auto& action : actions) perform(std::move(action));
    return lines();
  }
  void perform(usb::Device::Action action) {
    if (const auto* transmit = std::get_if<usb::Device::Transmit>(&action)) {
      lines_.push_back("transmit " + fakes::to_hex(transmit->command.view()));
    } else if (std::holds_alternative<usb::Device::AbortTransmit>(action)) {
      lines_.emplace_back("abort");
    } else if (std::holds_alternative<usb::Device::PowerCard>(action)) {
      lines_.emplace_back("power");
    } else if (!lost_) {
      exporter_->perform(std::move(action));
    }
  }
  /// What the card and the client got.
  Lines lines() {
    while (!lost_) {
      const auto packet = exporter_->take_output();
      if (!packet) break;
      for (auto& line : client_.feed(packet->view())) lines_.push_back(std::move(line));
    }
    return std::exchange(lines_, {});
  }

  usb::Device device_{{.id = {}, .serial = "1", .name = "test", .speed = usb::Speed::Full}};
  std::unique_ptr<Exporter> exporter_ =
      std::make_unique<Exporter>(device_, protocol::SecretBytes());
  fakes::UsbipClient client_;
  Lines lines_;
  bool unanswered_ = false;
  bool lost_ = false;
  protocol::Time now_;
};

}  // namespace vscard::ccid_passthru::usbip::test
