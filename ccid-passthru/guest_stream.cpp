#include "ccid-passthru/guest_stream.hpp"

#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "protocol/errc.hpp"

#include <utility>
#include <vector>

namespace vscard::ccid_passthru {
namespace {

using protocol::Clock;

/// Bytes read at once: most requests are below 300.
constexpr std::size_t kReadSize = 4096;
/// Above this many unwritten bytes the guest's requests wait: several of the largest answers.
constexpr std::size_t kMaxOutput = std::size_t{256} * 1024;
/// How long a guest that does not read may delay its unplug().
constexpr std::chrono::seconds kWaitForUnplugWritten{1};

constexpr const char* kRejected =
    "the virtual machine refuses the reader: change the filter= of QEMU's usb-redir device (or the "
    "redirfilter of libvirt) to allow class 0x0B, and attach it to a controller of its speed";

/// For the guest, who has gone.
bool is_for_guest(const usb::Device::Action& action) { return !usb::Device::is_for_card(action); }

}  // namespace

void reset_after_guest(const CarriedDevice& carried) {
  auto actions = carried.device.reset();
  std::erase_if(actions, is_for_guest);
  carried.for_card(std::move(actions));
}

GuestStream::GuestStream(chardev::Stream& stream, const CarriedDevice& carried,
                         GuestProtocol& protocol, std::function<void()> greeted)
    : stream_(stream), carried_(carried), protocol_(protocol), greeted_(std::move(greeted)) {}

Awaitable<std::error_code> GuestStream::run() {
  return async::first_of(read(), write(), limit_unplug());
}

void GuestStream::perform(usb::Device::Action action) {
  if (unplugged_) return;
  protocol_.perform(std::move(action));
  flush();
}

void GuestStream::unplug() {
  if (std::exchange(unplugged_, true)) return;
  protocol_.disconnect();
  output_filled_.notify();
  unplugging_.notify();
}

Awaitable<std::error_code> GuestStream::read() {
  auto buffer = protocol::SecretBytes::zeros(kReadSize);
  while (true) {
    while (protocol_.output_bytes() > kMaxOutput) co_await output_drained_.wait();
    if (protocol_.in_packet()) stream_.quick_ack();
    const auto size = co_await stream_.read(buffer.data());
    if (!size) co_return size.error();
    const auto error = receive(buffer.view().first(*size));
    buffer.zero(*size);
    if (error) co_return error;
  }
}

std::error_code GuestStream::receive(protocol::Bytes bytes) {
  const bool first = !std::exchange(heard_, true);
  if (first && chardev::begins_like_tls(bytes)) return protocol::Errc::SpeaksTls;
  while (!bytes.empty() && !unplugged_) {
    auto received = protocol_.receive(bytes, Clock::now());
    if (!received) return received.error();
    flush();
    if (received->greeted) greeted_();
    if (received->rejected) report_rejection();
    carried_.for_card(std::move(received->for_card));
  }
  return {};
}

void GuestStream::report_rejection() {
  if (std::exchange(rejection_reported_, true)) return;
  carried_.notify({.severity = Notice::Severity::Warning, .text = kRejected});
}

/// Mostly the output is on its way before this returns: to wake the writer takes longer than that.
void GuestStream::flush() {
  while (!unwritten_) {
    const auto packet = protocol_.take_output();
    if (!packet) return;
    const std::size_t written = stream_.write_now(packet->view());
    if (written == packet->size()) continue;
    unwritten_ = protocol::SecretBytes::copy_of(packet->view().subspan(written));
    output_filled_.notify();
  }
}

Awaitable<std::error_code> GuestStream::write() {
  while (true) {
    if (!unwritten_) unwritten_ = protocol_.take_output();
    if (unwritten_) {
      const std::error_code error = co_await stream_.write(unwritten_->view());
      if (error) co_return error;
      unwritten_.reset();
      output_drained_.notify();
    } else if (unplugged_) {
      co_return std::error_code{};
    } else {
      co_await output_filled_.wait();
    }
  }
}

Awaitable<std::error_code> GuestStream::limit_unplug() {
  while (!unplugged_) co_await unplugging_.wait();
  co_await async::sleep(kWaitForUnplugWritten);
  co_return std::error_code{};
}

}  // namespace vscard::ccid_passthru
