#include "chardev/spice/channel_session.hpp"

#include "async/first_of.hpp"
#include "async/sleep.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vscard::chardev::spice {
namespace {

/// Above this many unread messages the server's wait.
constexpr std::size_t kMaxInbox = 4;
/// For a word that is likely. A channel that another client has is ended at once.
constexpr std::chrono::milliseconds kPatience{500};
/// For a server that is to close a channel.
constexpr std::chrono::seconds kDrainTime{2};

}  // namespace

ChannelSession::ChannelSession(std::shared_ptr<Session> session, ChannelId id,
                               std::unique_ptr<Connection> channel,
                               std::unique_ptr<Translator> translator)
    : session_(std::move(session)),
      id_(id),
      channel_(std::move(channel)),
      translator_(std::move(translator)) {
  session_->use(id_);
}

Awaitable<void> ChannelSession::keep(std::shared_ptr<ChannelSession> channel) {
  const auto reason =
      co_await async::first_of(channel->receive(), channel->session_->end(), channel->ended());
  channel->end(reason);
  co_await async::first_of(channel->drain(), async::sleep(kDrainTime));
  channel->channel_->close();
  channel->session_->leave(channel->id_);
  channel->left_ = true;
  channel->inbox_changed_.notify();
}

Awaitable<void> ChannelSession::left() {
  while (!left_) co_await inbox_changed_.wait();
}

Awaitable<std::error_code> ChannelSession::ended() {
  while (!end_) co_await inbox_changed_.wait();
  co_return *end_;
}

Awaitable<void> ChannelSession::drain() {
  while (true) {
    const auto dropped = co_await channel_->receive();
    if (!dropped) co_return;
  }
}

/// Gives the reason for its end.
Awaitable<std::error_code> ChannelSession::receive() {
  while (!end_) {
    const auto message = co_await channel_->receive();
    if (!message) co_return message.error();
    if (const auto error = translator_->from_server(*message)) co_return error;
    heard_ = true;
    deliver();
    while (!end_ && inbox_.size() > kMaxInbox) co_await inbox_changed_.wait();
  }
  co_return *end_;
}

Awaitable<std::error_code> ChannelSession::settle(FirstWord first) {
  using protocol::Clock;
  using protocol::Time;
  if (first == FirstWord::Never) co_return std::error_code();
  const Time limit = first == FirstWord::Certain ? Time::max() : Clock::now() + kPatience;
  while (!heard_ && !end_ && Clock::now() < limit) co_await inbox_changed_.wait_until(limit);
  if (!heard_ && end_ == make_error_code(Errc::Closed)) co_return make_error_code(Errc::Taken);
  co_return end_.value_or(std::error_code());
}

Awaitable<std::expected<std::size_t, std::error_code>> ChannelSession::read(
    std::span<std::uint8_t> into) {
  while (inbox_.empty()) {
    if (end_) co_return std::unexpected(*end_);
    co_await inbox_changed_.wait();
  }
  const Bytes rest = inbox_.front().view().subspan(taken_);
  const std::size_t size = std::min(rest.size(), into.size());
  std::ranges::copy(rest.first(size), into.begin());
  taken_ += size;
  if (size == rest.size()) {
    inbox_.pop_front();
    taken_ = 0;
    inbox_changed_.notify();
  }
  co_return size;
}

Awaitable<std::error_code> ChannelSession::write(Bytes bytes) {
  if (const auto error = translator_->from_client(bytes)) co_return error;
  deliver();
  for (const auto& body : translator_->take_for_server()) {
    const auto message = encode_message(kClientData, body.view());
    const std::error_code error = co_await channel_->send(message.view());
    if (error) co_return end_.value_or(error);
  }
  co_return end_.value_or(std::error_code());
}

void ChannelSession::end(std::error_code reason) {
  if (end_) return;
  end_ = reason;
  if (!channel_->finish()) channel_->close();
  inbox_changed_.notify();
}

/// Puts what was translated where it is read.
void ChannelSession::deliver() {
  for (auto& piece : translator_->take_for_client()) inbox_.push_back(std::move(piece));
  inbox_changed_.notify();
}

}  // namespace vscard::chardev::spice
