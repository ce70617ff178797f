#include "ccid-passthru/usbredir/usbredir_link.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>
#include <variant>

namespace vscard::ccid_passthru::usbredir {
namespace {

using protocol::Clock;
using protocol::Time;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
/// Bytes read at once: most requests are below 300.
constexpr std::size_t kReadSize = 4096;
/// Above this many unwritten bytes the guest's requests wait: two of the largest answers.
constexpr std::size_t kMaxOutput = std::size_t{2} * kMaxPacketBody;
/// How long a guest that does not read may delay leave().
constexpr std::chrono::seconds kWaitForUnplugWritten{1};

}  // namespace

UsbredirLink::UsbredirLink(const asio::any_io_executor& executor, usb::Device& device,
                           std::string version, CardSide card, Notify notify)
    : device_(device),
      version_(std::move(version)),
      card_(std::move(card)),
      notify_(std::move(notify)),
      output_filled_(executor, Time::max()),
      output_drained_(executor, Time::max()),
      unplug_written_(executor, Time::max()) {}

Awaitable<session::Ending> UsbredirLink::serve(chardev::Stream& stream) {
  using asio::experimental::awaitable_operators::operator||;
  Exporter exporter(device_, version_);
  stream_ = &stream;
  exporter_ = &exporter;
  leaving_ = false;
  told_of_rejection_ = false;
  unplug_written_.expires_at(Time::max());
  auto first_to_end = read() || write() || limit_unplug();
  const auto ended = co_await std::move(first_to_end);
  const std::error_code error = std::visit([](const std::error_code& code) { return code; }, ended);
  exporter_ = nullptr;
  stream_ = nullptr;
  unwritten_.reset();
  stream.close();
  auto actions = device_.reset();
  std::erase_if(actions, [](const usb::Device::Action& action) {
    return std::holds_alternative<usb::Device::Completed>(action) ||
           std::holds_alternative<usb::Device::InterruptReady>(action);
  });
  card_(std::move(actions));
  using Next = session::Ending::Next;
  co_return session::Ending{.error = error,
                            .next = error == Errc::NotUsbredir ? Next::GiveUp : Next::TryAgain};
}

void UsbredirLink::perform(usb::Device::Action action) {
  if (exporter_ == nullptr || leaving_) return;
  exporter_->perform(std::move(action));
  flush();
}

void UsbredirLink::leave() {
  if (exporter_ == nullptr || leaving_) return;
  leaving_ = true;
  exporter_->disconnect();
  output_filled_.cancel();  // for its writer to see that it leaves
  unplug_written_.expires_after(kWaitForUnplugWritten);
}

Awaitable<std::error_code> UsbredirLink::read() {
  auto buffer = protocol::SecretBytes::zeros(kReadSize);
  while (true) {
    while (exporter_->output_bytes() > kMaxOutput) co_await output_drained_.async_wait(kAsTuple);
    if (exporter_->in_packet()) stream_->quick_ack();
    const auto size = co_await stream_->read(buffer.data());
    if (!size) co_return size.error();
    if (const auto error = receive(buffer.view().first(*size))) co_return error;
  }
}

std::error_code UsbredirLink::receive(protocol::Bytes bytes) {
  while (!bytes.empty() && !leaving_) {
    auto received = exporter_->receive(bytes, Clock::now());
    if (!received) return received.error();
    flush();
    if (received->rejected && !std::exchange(told_of_rejection_, true)) {
      notify_(
          {.severity = Notice::Severity::Warning,
           .text =
               "the guest's side refuses the reader: let the filter= of QEMU's usb-redir device "
               "(or the redirfilter of libvirt) allow class 0x0B, and attach it to a controller "
               "that fits its speed"});
    }
    card_(std::move(received->for_card));
  }
  return {};
}

/// Mostly the output is on its way before this returns: to wake the writer takes longer than that.
void UsbredirLink::flush() {
  while (!unwritten_) {
    const auto packet = exporter_->take_output();
    if (!packet) return;
    const std::size_t written = stream_->write_now(packet->view());
    if (written == packet->size()) continue;
    unwritten_ = protocol::SecretBytes::copy_of(packet->view().subspan(written));
    output_filled_.cancel();
  }
}

Awaitable<std::error_code> UsbredirLink::write() {
  while (true) {
    if (!unwritten_) unwritten_ = exporter_->take_output();
    if (unwritten_) {
      const std::error_code error = co_await stream_->write(unwritten_->view());
      if (error) co_return error;
      unwritten_.reset();
      output_drained_.cancel();
    } else if (leaving_) {
      co_return std::error_code{};
    } else {
      co_await output_filled_.async_wait(kAsTuple);
    }
  }
}

Awaitable<std::error_code> UsbredirLink::limit_unplug() {
  while (!leaving_ || Clock::now() < unplug_written_.expiry())
    co_await unplug_written_.async_wait(kAsTuple);
  co_return std::error_code{};
}

}  // namespace vscard::ccid_passthru::usbredir
