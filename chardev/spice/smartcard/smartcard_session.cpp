#include "chardev/spice/smartcard/smartcard_session.hpp"

#include "chardev/spice/smartcard/card_message.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::spice::smartcard {
namespace {

/// Above this many unread messages the server's wait.
constexpr std::size_t kMaxInbox = 4;

}  // namespace

SmartcardSession::SmartcardSession(std::unique_ptr<Connection> main,
                                   std::unique_ptr<Connection> card)
    : main_(std::move(main)), card_(std::move(card)) {}

Awaitable<void> SmartcardSession::keep_main(std::shared_ptr<SmartcardSession> session) {
  while (true) {
    const auto message = co_await session->main_->receive();
    if (message) continue;  // none of them is about cards
    session->end(message.error());
    co_return;
  }
}

Awaitable<void> SmartcardSession::keep_card(std::shared_ptr<SmartcardSession> session) {
  SmartcardSession& self = *session;
  while (!self.end_) {
    const auto message = co_await self.card_->receive();
    if (!message) {
      self.end(message.error());
    } else if (message->type == kCardMessage) {
      const auto translated = self.translator_.from_server(message->body.view());
      if (!translated) self.end(make_error_code(translated.error()));
      self.deliver();
    }
    while (!self.end_ && self.inbox_.size() > kMaxInbox) {
      co_await self.inbox_changed_.wait();
    }
  }
}

Awaitable<std::expected<std::size_t, std::error_code>> SmartcardSession::read(
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

Awaitable<std::error_code> SmartcardSession::write(Bytes bytes) {
  const auto translated = translator_.from_client(bytes);
  if (!translated) co_return make_error_code(translated.error());
  deliver();
  for (const auto& body : translator_.take_for_server()) {
    const auto message = encode_card_message(body.view());
    const std::error_code error = co_await card_->send(message.view());
    if (error) co_return end_.value_or(error);
  }
  co_return end_.value_or(std::error_code());
}

void SmartcardSession::end(std::error_code reason) {
  if (!end_) end_ = reason;
  main_->close();
  card_->close();
  inbox_changed_.notify();
}

/// Puts what was translated where it is read.
void SmartcardSession::deliver() {
  for (auto& message : translator_.take_for_client()) inbox_.push_back(std::move(message));
  inbox_changed_.notify();
}

}  // namespace vscard::chardev::spice::smartcard
