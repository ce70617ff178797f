#include "ccid-passthru/usbredir/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>
#include <variant>

namespace vscard::usbredir {
namespace {

using protocol::Clock;
using protocol::Time;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
/// Bytes read at once: most requests are below 300.
constexpr std::size_t kReadSize = 4096;
/// Above this many unwritten bytes the guest's requests wait: two of the largest answers.
constexpr std::size_t kMaxOutput = std::size_t{2} * kMaxPacketBody;
/// How long a guest that does not read may delay leave().
constexpr std::chrono::seconds kFarewell{1};

}  // namespace

Session::Session(const asio::any_io_executor& executor, usb::Device& device, std::string version,
                 CardSide card, session::Link::Notify notify)
    : device_(device),
      version_(std::move(version)),
      card_(std::move(card)),
      notify_(std::move(notify)),
      output_filled_(executor, Time::max()),
      output_drained_(executor, Time::max()),
      farewell_(executor, Time::max()) {}

Awaitable<session::Ending> Session::serve(chardev::Stream& stream) {
  using asio::experimental::awaitable_operators::operator||;
  Exporter exporter(device_, version_);
  exporter_ = &exporter;
  leaving_ = false;
  told_of_rejection_ = false;
  farewell_.expires_at(Time::max());
  auto first_to_end = read(stream) || write(stream) || limit_farewell();
  const auto ended = co_await std::move(first_to_end);
  const std::error_code error = std::visit([](const std::error_code& code) { return code; }, ended);
  exporter_ = nullptr;
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

void Session::perform(usb::Device::Action action) {
  if (exporter_ == nullptr || leaving_) return;
  exporter_->perform(std::move(action));
  output_filled_.cancel();
}

void Session::leave() {
  if (exporter_ == nullptr || leaving_) return;
  leaving_ = true;
  exporter_->disconnect();
  output_filled_.cancel();
  farewell_.expires_after(kFarewell);
}

Awaitable<std::error_code> Session::read(chardev::Stream& stream) {
  auto buffer = protocol::SecretBytes::zeros(kReadSize);
  while (true) {
    while (exporter_->output_bytes() > kMaxOutput) co_await output_drained_.async_wait(kAsTuple);
    const auto size = co_await stream.read(buffer.data());
    if (!size) co_return size.error();
    if (const auto error = receive(buffer.view().first(*size))) co_return error;
  }
}

std::error_code Session::receive(protocol::Bytes bytes) {
  while (!bytes.empty() && !leaving_) {
    auto received = exporter_->receive(bytes, Clock::now());
    if (!received) return received.error();
    output_filled_.cancel();
    if (received->rejected && !std::exchange(told_of_rejection_, true)) {
      notify_(
          {.severity = session::Notice::Severity::Warning,
           .text =
               "the guest's side refuses the reader: let the filter= of QEMU's usb-redir device "
               "(or the redirfilter of libvirt) allow class 0x0B, and attach it to a controller "
               "that fits its speed"});
    }
    card_(std::move(received->for_card));
  }
  return {};
}

Awaitable<std::error_code> Session::write(chardev::Stream& stream) {
  while (true) {
    const auto packet = exporter_->take_output();
    if (packet) {
      const std::error_code error = co_await stream.write(packet->view());
      if (error) co_return error;
      output_drained_.cancel();
    } else if (leaving_) {
      co_return std::error_code{};
    } else {
      co_await output_filled_.async_wait(kAsTuple);
    }
  }
}

Awaitable<std::error_code> Session::limit_farewell() {
  while (!leaving_ || Clock::now() < farewell_.expiry()) co_await farewell_.async_wait(kAsTuple);
  co_return std::error_code{};
}

}  // namespace vscard::usbredir
