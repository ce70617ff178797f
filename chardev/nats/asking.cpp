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
  bus_->remove(own_, *this);
  bus_->remove(question_, *this);
  bus_->unsubscribe(question_);
}

Awaitable<Asking::Outcome> Asking::ask_for_stream(std::string remote,
                                                  std::vector<std::string> labels) {
  remote_ = std::move(remote);
  return ask(Open{.subject = own_, .labels = std::move(labels)});
}

Awaitable<Asking::Outcome> Asking::ask(Message question) {
  bus_->send(subject_, question_, question);
  limit_ = protocol::Clock::now() + kPatience;
  while (!outcome_ && protocol::Clock::now() < limit_) co_await changed_.wait_until(limit_);
  if (!outcome_ && !reason_.empty()) co_return Outcome::Refused;
  co_return outcome_.value_or(Outcome::Silence);
}

void Asking::arrived(const Arrival& arrival) {
  const auto message = decode(arrival.payload);
  if (arrival.nobody_there) {
    end(Outcome::Nobody);
  } else if (message && std::holds_alternative<Refuse>(*message)) {
    refused(std::get<Refuse>(*message));
  } else if (message && std::holds_alternative<Accept>(*message)) {
    accepted(std::string(arrival.reply));
  }
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

void Asking::server_gone() { end(Outcome::Silence); }

void Asking::end(Outcome outcome) {
  if (!outcome_) outcome_ = outcome;
  changed_.notify();
}

}  // namespace vscard::chardev::nats
