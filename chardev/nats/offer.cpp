#include "chardev/nats/offer.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::nats {
namespace {

constexpr std::size_t kMaxWaiting =
    16;  ///< streams that nobody has taken yet; of more, the oldest gives way
/// After its lease whoever had a card waits so long, which is longer than others wait between two
/// questions.
constexpr std::chrono::seconds kRest{15};
constexpr std::size_t kShownToken = 6;  ///< characters of a subject, in log lines

/// The part of an inbox that all of a process have.
std::string process_of(const std::string& inbox) { return inbox.substr(0, inbox.rfind('.')); }

}  // namespace

Offer::Offer(std::shared_ptr<Bus> bus, ServerSpec spec, std::string address)
    : bus_(std::move(bus)),
      spec_(std::move(spec)),
      subject_(spec_.subject()),
      address_(std::move(address)) {}

Offer::~Offer() {
  waiting_.clear();
  leave();
}

Awaitable<Result<>> Offer::begin() {
  if (auto up = co_await bus_->connect(); !up) co_return up;
  const auto before = spec_.pool() ? Asking::Outcome::Nobody : co_await probe();
  if (before == Asking::Outcome::Refused) {
    co_return std::unexpected("it is already offered by another program");
  }
  if (before != Asking::Outcome::Nobody) co_return std::unexpected(why_not());
  Result<> entered = co_await enter();
  if (!entered) leave();
  co_return entered;
}

/// A question tells whether the server has let it in: it answers itself, or others of the pool do
/// after the server has said no. Two that begin at the very same time may both offer streams;
/// whoever asks takes the first answer.
Awaitable<Result<>> Offer::enter() {
  leave();  // of an earlier time
  bus_->add(subject_, *this);
  bus_->subscribe(subject_);
  if (co_await probe() != Asking::Outcome::Refused) co_return std::unexpected(why_not());
  const std::string denied = bus_->refusal_of("Subscription to \"" + subject_ + "\"");
  if (spec_.pool() && !denied.empty()) co_return std::unexpected(denied);
  begun_ = bus_->connected();
  co_return Result<>{};
}

void Offer::leave() {
  bus_->remove(subject_, *this);
  if (bus_->find(subject_) == nullptr) bus_->unsubscribe(subject_);
}

Awaitable<Asking::Outcome> Offer::probe() {
  Asking asking(bus_, subject_);
  const Probe probe;
  co_return co_await asking.ask(probe);
}

std::string Offer::why_not() const {
  const std::string refusal = bus_->refusal_of(subject_);
  return refusal.empty() ? "the server does not answer" : refusal;
}

/// Of several that were offered a stream in a pool, one confirms that it is wanted.
std::unique_ptr<Stream> Offer::take() {
  forget_ended();
  const auto wanted = std::ranges::find_if(waiting_, &NatsStream::greeted);
  if (wanted == waiting_.end()) return nullptr;
  auto stream = std::move(*wanted);
  waiting_.erase(wanted);
  return stream;
}

void Offer::arrived(const Arrival& arrival) {
  const auto message = decode(arrival.payload);
  const std::string peer(arrival.reply);
  if (!message || !is_reply_subject(peer)) return;
  if (std::holds_alternative<Probe>(*message)) {
    answer_probe(peer);
  } else if (const auto* const asked = std::get_if<Open>(&*message)) {
    open(*asked, peer);
  }
}

/// An owner need not be allowed to write to itself.
void Offer::answer_probe(const std::string& peer) {
  const Refuse answer{"it is offered"};
  Receiver* const here = bus_->find(peer);
  const auto bytes = encode(answer);
  if (here == nullptr) {
    bus_->send(peer, "", answer);
  } else {
    here->arrived({.subject = peer, .payload = bytes.view()});
  }
}

void Offer::open(const Open& asked, const std::string& answer) {
  if (auto reason = refusal(asked); !reason.empty()) {
    bus_->send(answer, "", Refuse{std::move(reason)});
    return;
  }
  if (waiting_.size() >= kMaxWaiting) drop_one_waiting();
  const std::string own = bus_->new_inbox();
  const std::string remote = address_ + "#" + own.substr(own.size() - kShownToken);
  auto stream = std::make_unique<NatsStream>(bus_, own, asked.subject, remote);
  stream->on_greeting([this] { changed_.notify(); });
  waiting_.push_back(std::move(stream));
  given_.push_back(
      {.subject = own, .since = protocol::Clock::now(), .process = process_of(asked.subject)});
  bus_->send(asked.subject, own, Accept{});
}

/// Preferably one that nobody has confirmed.
void Offer::drop_one_waiting() {
  const auto unconfirmed = std::ranges::find_if_not(waiting_, &NatsStream::greeted);
  waiting_.erase(unconfirmed == waiting_.end() ? waiting_.begin() : unconfirmed);
}

/// Whoever asks may be one that has a stream: it was killed, and started elsewhere. Then its stream
/// ends soon, before the new one, or the next, is turned away.
std::string Offer::refusal(const Open& asked) {
  if (asked.version != kVersion || !is_reply_subject(asked.subject)) {
    return "the other end speaks another version of this protocol";
  }
  const auto is_ours = [this](const std::string& label) {
    return std::ranges::find(spec_.labels, label) != spec_.labels.end();
  };
  if (!std::ranges::all_of(asked.labels, is_ours)) return kOtherLabels;
  if (process_of(asked.subject) == resting_.process && protocol::Clock::now() < resting_.until) {
    return "its lease is over, and others go first";
  }
  forget_ended();
  for (const Given& given : given_) bus_->find(given.subject)->check();
  if (spec_.pool() && !given_.empty()) return "every card with these labels is taken";
  return "";
}

void Offer::forget_ended() {
  std::erase_if(waiting_, [](const auto& stream) { return stream->ended(); });
  std::erase_if(given_, [this](const auto& given) { return bus_->find(given.subject) == nullptr; });
}

void Offer::tick() {
  if (!spec_.lease) return;
  const auto now = protocol::Clock::now();
  for (const Given& given : given_) {
    Receiver* const stream = bus_->find(given.subject);
    if (stream == nullptr || now - given.since < *spec_.lease) continue;
    stream->take_back();
    resting_ = {.process = given.process, .until = now + kRest};
  }
}

void Offer::server_gone() {
  begun_ = false;
  changed_.notify();
}

}  // namespace vscard::chardev::nats
