#include "chardev/nats/stream.hpp"

#include "async/error.hpp"
#include "chardev/lending.hpp"

#include <utility>

namespace vscard::chardev::nats {

using protocol::Bytes;
using protocol::Clock;
using protocol::Time;

namespace {

constexpr std::chrono::seconds kCheck{2};  ///< until a server that says nothing knows the other end

}  // namespace

NatsStream::NatsStream(std::shared_ptr<Bus> bus, std::string own, std::string peer,
                       std::string remote)
    : bus_(std::move(bus)),
      own_(std::move(own)),
      peer_(std::move(peer)),
      remote_(std::move(remote)),
      flow_(Clock::now()) {
  bus_->add(own_, *this);
  if (!bus_->connected()) flow_.fail(Errc::ServerGone);
}

NatsStream::~NatsStream() {
  close();
  end_check();
  bus_->remove(own_, *this);
  on_end_({.error = flow_.write_end(), .greeted = greeted_});
}

void NatsStream::check() {
  if (flow_.ended() || !check_.empty()) return;
  checked_ = Clock::now();
  check_ = bus_->new_question();
  bus_->add(check_, *this);
  bus_->subscribe(check_);
  bus_->send(peer_, check_, flow_.status(checked_));
}

void NatsStream::take_back() {
  flow_.end(lease_over());
  send_due(Clock::now());
  tell_change();
}

void NatsStream::tell_change() {
  changed_.notify();
  on_change_();
}

void NatsStream::confirm() { bus_->send(peer_, own_, flow_.status(Clock::now())); }

void NatsStream::end_check() {
  if (check_.empty()) return;
  bus_->remove(check_, *this);
  bus_->unsubscribe(std::exchange(check_, {}));
}

void NatsStream::somebody_is_missing() {
  if (flow_.doubtful(Clock::now())) check();
}

Awaitable<std::expected<std::size_t, std::error_code>> NatsStream::read(
    std::span<std::uint8_t> into) {
  while (true) {
    if (const std::size_t size = flow_.read(into); size > 0) {
      send_due(Clock::now());
      co_return size;
    }
    if (const auto end = flow_.read_end()) co_return std::unexpected(end);
    co_await changed_.wait();
  }
}

Awaitable<std::error_code> NatsStream::write(Bytes bytes) {
  while (true) {
    bytes = bytes.subspan(write_now(bytes));
    if (bytes.empty()) co_return std::error_code();
    if (const auto end = flow_.write_end()) co_return end;
    co_await changed_.wait();
  }
}

std::size_t NatsStream::write_now(Bytes bytes) {
  std::size_t done = 0;
  while (!bus_->congested()) {
    const auto data = flow_.write(bytes.subspan(done), bus_->max_data(), Clock::now());
    if (!data) break;
    bus_->send(peer_, own_, *data);
    done += data->bytes.size();
  }
  return done;
}

void NatsStream::close() {
  flow_.end(async::aborted());
  send_due(Clock::now());
  changed_.notify();
}

/// When two offer streams under one name, both answer.
void NatsStream::arrived(const Arrival& arrival) {
  if (arrival.nobody_there) {
    flow_.fail(Errc::NobodyThere);
  } else if (const auto message = decode(arrival.payload); !message) {
    flow_.got(Open{}, Clock::now());  // as bad
  } else if (std::holds_alternative<Accept>(*message)) {
    const std::string slower(arrival.reply);
    const bool faster = is_reply_subject(slower) && slower != peer_;
    if (faster) bus_->send(slower, "", Refuse{"another one was faster"});
  } else {
    flow_.got(*message, Clock::now());
    greeted_ = greeted_ || std::holds_alternative<Data>(*message);
  }
  send_due(Clock::now());
  tell_change();
}

void NatsStream::server_gone() {
  flow_.fail(Errc::ServerGone);
  tell_change();
}

void NatsStream::tick() {
  const Time now = Clock::now();
  if (now - checked_ > kCheck) end_check();
  if (flow_.doubtful(now)) check();
  const bool open = !flow_.ended();
  send_due(now);
  if (open && flow_.ended()) tell_change();
}

void NatsStream::send_due(Time now) {
  while (const auto message = flow_.next(now)) bus_->send(peer_, own_, *message);
}

}  // namespace vscard::chardev::nats
