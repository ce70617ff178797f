#include "chardev/nats/asking.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vscard::chardev::nats {
namespace {

constexpr std::chrono::seconds kPatience{2};       ///< until there is no answer
constexpr std::chrono::milliseconds kOthers{300};  ///< for others, after a refusal

}  // namespace

Asking::Asking(std::shared_ptr<Bus> bus, std::string subject, Answers answers)
    : bus_(std::move(bus)),
      subject_(std::move(subject)),
      answers_(answers),
      own_(bus_->new_inbox()),
      question_(bus_->new_question()) {
  bus_->add(own_, *this);
  bus_->add(question_, *this);
  bus_->subscribe(question_);
}

Asking::~Asking() {
  if (in_line_) bus_->send(subject_, own_, Close{});
  bus_->remove(own_, *this);
  bus_->remove(question_, *this);
  bus_->unsubscribe(question_);
}

Awaitable<Asking::Outcome> Asking::ask_for_stream(Wanted wanted) {
  remote_ = std::move(wanted.remote);
  return ask(Open{.subject = own_, .labels = std::move(wanted.labels), .waited = wanted.waited});
}

Awaitable<Asking::Outcome> Asking::ask(Message question) {
  if (outcome_ == Outcome::Accepted) co_return *outcome_;
  if (outcome_ == Outcome::Cut) bus_->subscribe(question_);
  outcome_.reset();
  place_ = 0;
  reason_.clear();
  bus_->send(subject_, question_, question);
  limit_ = protocol::Clock::now() + kPatience;
  while (!outcome_ && protocol::Clock::now() < limit_) co_await changed_.wait_until(limit_);
  if (outcome_) co_return *outcome_;
  if (place_ != 0) co_return Outcome::InLine;
  co_return reason_.empty() ? Outcome::Silence : Outcome::Refused;
}

Awaitable<void> Asking::wait_in_line(protocol::Duration time) {
  const auto limit = protocol::Clock::now() + time;
  while (!outcome_ && protocol::Clock::now() < limit) co_await changed_.wait_until(limit);
}

void Asking::arrived(const Arrival& arrival) {
  const auto message = decode(arrival.payload);
  if (arrival.nobody_there) {
    end(Outcome::Nobody);
  } else if (message && std::holds_alternative<Refuse>(*message)) {
    refused(std::get<Refuse>(*message));
  } else if (message && std::holds_alternative<Accept>(*message)) {
    accepted(std::string(arrival.reply));
  } else if (message && std::holds_alternative<InLine>(*message)) {
    in_line(std::get<InLine>(*message));
  }
}

void Asking::in_line(const InLine& line) {
  in_line_ = true;
  place_ = place_ == 0 ? line.place : std::min(place_, line.place);
  limit_ = std::min(limit_, protocol::Clock::now() + kOthers);
  changed_.notify();
}

void Asking::refused(const Refuse& refuse) {
  if (reason_.empty() || reason_ == kOtherLabels) reason_ = refuse.reason;
  if (answers_ == Answers::One) end(Outcome::Refused);
  limit_ = std::min(limit_, protocol::Clock::now() + kOthers);
  changed_.notify();
}

/// The stream takes over the subject at once: its first bytes may come with the answer.
void Asking::accepted(const std::string& peer) {
  if (!is_reply_subject(peer)) return;
  bus_->remove(own_, *this);
  stream_ = std::make_unique<NatsStream>(bus_, own_, peer, remote_);
  stream_->confirm();
  end(Outcome::Accepted);
}

void Asking::server_gone() { end(Outcome::Cut); }

void Asking::end(Outcome outcome) {
  if (!outcome_) outcome_ = outcome;
  changed_.notify();
}

}  // namespace vscard::chardev::nats
