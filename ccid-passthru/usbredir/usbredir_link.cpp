#include "ccid-passthru/usbredir/usbredir_link.hpp"

#include "ccid-passthru/usbredir/exporter.hpp"

#include <utility>

namespace vscard::ccid_passthru::usbredir {

UsbredirLink::UsbredirLink(const asio::any_io_executor& executor, const UsbredirOptions& options,
                           CarriedDevice carried)
    : carried_(std::move(carried)),
      version_(options.version),
      link_(
          executor, options.link, *options.transport,
          [this](chardev::Stream& stream) { return serve(stream); }, carried_.notify,
          carried_.guest_changed) {}

void UsbredirLink::perform(usb::Device::Action action) {
  if (guest_ != nullptr) guest_->perform(std::move(action));
}

void UsbredirLink::leave() {
  link_.stop();
  if (guest_ != nullptr) guest_->unplug();
}

Awaitable<session::Ending> UsbredirLink::serve(chardev::Stream& stream) {
  using Next = session::Ending::Next;
  std::error_code error;
  {
    Exporter exporter(carried_.device, version_);
    GuestStream guest(stream, carried_, exporter, [this] { link_.note_greeting(); });
    guest_ = &guest;
    error = co_await guest.run();
    guest_ = nullptr;
  }
  if (!error) co_await chardev::finish_politely(stream);
  stream.close();
  reset_after_guest(carried_);
  co_return session::Ending{.error = error,
                            .next = error == Errc::NotUsbredir ? Next::GiveUp : Next::TryAgain};
}

}  // namespace vscard::ccid_passthru::usbredir
