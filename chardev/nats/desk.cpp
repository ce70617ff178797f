#include "chardev/nats/desk.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace vscard::chardev::nats {
namespace {

using protocol::Clock;

/// So long after it began a desk believes those who say that they have waited elsewhere, or that
/// they waited here when it could not hear them. Later it has heard all.
constexpr std::chrono::seconds kBelieves{2 * kAskEvery};

/// Those of a context. A desk ends with those who hold it.
class Desks final : public asio::execution_context::service {
 public:
  using key_type = Desks;
  static inline asio::execution_context::id id;  // NOLINT(readability-identifier-naming)

  explicit Desks(asio::execution_context& context) : service(context) {}

  std::shared_ptr<Desk> get(const std::shared_ptr<Bus>& bus, const ServerSpec& spec) {
    std::erase_if(all_, [](const auto& entry) { return entry.second.expired(); });
    auto& known = all_[{bus.get(), spec.subject()}];
    auto desk = known.lock();
    if (!desk) known = desk = std::make_shared<Desk>(bus, spec);
    return desk;
  }

 private:
  void shutdown() override {}

  /// A desk holds its bus, so that no other one has that address.
  std::map<std::pair<Bus*, std::string>, std::weak_ptr<Desk>> all_;
};

}  // namespace

std::shared_ptr<Desk> Desk::of(const std::shared_ptr<Bus>& bus, const ServerSpec& spec) {
  auto& context = asio::query(bus->executor(), asio::execution::context);
  return asio::use_service<Desks>(context).get(bus, spec);
}

Desk::Desk(std::shared_ptr<Bus> bus, const ServerSpec& spec)
    : bus_(std::move(bus)), subject_(spec.subject()), pool_(spec.pool()), checks_left_(kChecks) {}

Desk::~Desk() { leave(); }

void Desk::add(const std::shared_ptr<Offer>& offer) {
  std::erase_if(offers_, [](const auto& other) { return other.expired(); });
  offers_.push_back(offer);
  const auto weak = weak_from_this();
  const auto serve = [weak, freed = std::weak_ptr(offer)] {
    const auto self = weak.lock();
    const auto there = freed.lock();
    if (self && there) self->serve_line_with(*there);
  };
  // The stream that has ended is not quite gone then.
  offer->set({.freed = [serve, executor = bus_->executor()] { asio::post(executor, serve); },
              .waiters =
                  [weak] {
                    const auto self = weak.lock();
                    return self ? self->line_.waiters() : std::vector<Waiter>();
                  }});
}

Desk::Offers Desk::offers() const {
  Offers all;
  for (const auto& weak : offers_) {
    if (auto offer = weak.lock()) all.push_back(std::move(offer));
  }
  return all;
}

Awaitable<Result<>> Desk::begin(const Offer& offer) {
  const auto self = shared_from_this();
  if (!serves(offer)) {
    co_return std::unexpected("it is already offered by another program");
  }
  if (begun_) co_return Result<>{};
  SharedTry::Work enter = [this] { return try_to_begin(); };
  co_return co_await beginning_.run(std::move(enter));
}

/// Silence is no answer of another program: this one may not ask; the server does not answer, which
/// enter() finds out; or somebody who subscribes to everything just looks.
Awaitable<Result<>> Desk::try_to_begin() {
  if (auto up = co_await bus_->connect(); !up) co_return up;
  const auto before = pool_ ? Asking::Outcome::Nobody : co_await probe();
  if (before == Asking::Outcome::Refused) {
    co_return std::unexpected("it is already offered by another program");
  }
  const bool asked = before == Asking::Outcome::Nobody || bus_->refusal_of(subject_).empty();
  if (!asked) co_return std::unexpected(why_not());
  Result<> entered = co_await enter();
  if (!entered) leave();
  co_return entered;
}

/// A question tells whether the server has let it in: it answers itself, or others of the pool do
/// after the server has said no. Two that begin at the very same time may both offer streams;
/// whoever asks takes the first answer.
Awaitable<Result<>> Desk::enter() {
  leave();  // of an earlier time
  bus_->add(subject_, *this);
  bus_->subscribe(subject_);
  if (co_await probe() != Asking::Outcome::Refused) co_return std::unexpected(why_not());
  const std::string denied = bus_->refusal_of("Subscription to \"" + subject_ + "\"");
  if (pool_ && !denied.empty()) co_return std::unexpected(denied);
  begun_ = bus_->connected();
  begun_at_ = Clock::now();
  line_.excuse_silence(begun_at_);
  for (const auto& offer : offers()) offer->keep_from_now();
  co_return Result<>{};
}

void Desk::leave() {
  bus_->remove(subject_, *this);
  bus_->unsubscribe(subject_);
}

Awaitable<Asking::Outcome> Desk::probe() {
  Asking asking(bus_, subject_);
  const Probe probe;
  co_return co_await asking.ask(probe);
}

std::string Desk::why_not() const {
  const std::string refusal = bus_->refusal_of(subject_);
  return refusal.empty() ? "the server does not answer" : refusal;
}

void Desk::arrived(const Arrival& arrival) {
  const auto message = decode(arrival.payload);
  const std::string peer(arrival.reply);
  if (!message || !is_reply_subject(peer)) return;
  if (std::holds_alternative<Probe>(*message)) {
    answer_probe(peer);
  } else if (std::holds_alternative<Close>(*message)) {
    line_.leave(peer);
  } else if (const auto* const asked = std::get_if<Open>(&*message)) {
    open(*asked, peer);
  }
}

/// An owner need not be allowed to write to itself.
void Desk::answer_probe(const std::string& peer) {
  const Refuse answer{"it is offered"};
  Receiver* const here = bus_->find(peer);
  const auto bytes = encode(answer);
  if (here == nullptr) {
    bus_->send(peer, "", answer);
  } else {
    here->arrived({.subject = peer, .payload = bytes.view()});
  }
}

bool Desk::has(const std::vector<std::string>& labels) const {
  return std::ranges::any_of(offers_, [&](const auto& weak) {
    const auto offer = weak.lock();
    return offer && offer->fits(labels);
  });
}

Desk::Offers Desk::fitting(const std::vector<std::string>& labels) const {
  Offers fitting = offers();
  std::erase_if(fitting, [&](const auto& offer) { return !offer->fits(labels); });
  return fitting;
}

/// Most questions come from those who are in line already, and wait for what comes free: these cost
/// the same however many cards there are. Any other one may be of a process that has a stream: it
/// was killed, and started elsewhere. Then its stream ends soon, before the new one, or the next,
/// is turned away.
void Desk::open(const Open& asked, const std::string& answer) {
  if (asked.version != kVersion || !is_reply_subject(asked.subject)) {
    bus_->send(answer, "", Refuse{"the other end speaks another version of this protocol"});
    return;
  }
  if (asked.waited && has(asked.labels) && line_.heard(asked.subject, Clock::now())) {
    tell_place(asked, answer);
    return;
  }
  const Offers all = fitting(asked.labels);
  for (const auto& offer : all) {
    if (offer->lend_again(asked.subject)) return;
  }
  check_some_of(all);
  if (all.empty()) {
    bus_->send(answer, "", Refuse{kOtherLabels});
  } else if (asked.waited) {
    open_to_waiter(all, asked, answer);
  } else if (const std::string refusal = lend_one_of(all, asked); !refusal.empty()) {
    bus_->send(answer, "", Refuse{refusal});
  }
}

/// Those in line go first.
std::string Desk::lend_one_of(const Offers& fitting, const Open& asked) {
  const std::string process = process_of(asked.subject);
  std::string refusal;
  for (const auto& offer : fitting) {
    serve_line_with(*offer);
    refusal = offer->refusal(process);
    if (!refusal.empty()) continue;
    if (offer->kept_for(process) || !wanted_in_line(*offer)) {
      offer->lend(asked.subject);
      return "";
    }
    refusal = "others wait in line for it";
  }
  return refusal;
}

void Desk::open_to_waiter(const Offers& fitting, const Open& asked, const std::string& answer) {
  const auto now = Clock::now();
  const bool believes = now - begun_at_ < kBelieves;
  const auto since = believes ? now - std::chrono::milliseconds(*asked.waited) : now;
  if (!line_.put(
          {.subject = asked.subject, .labels = asked.labels, .since = since, .heard = now})) {
    bus_->send(answer, "", Refuse{"the line is full"});
    return;
  }
  for (const auto& offer : fitting) serve_line_with(*offer);
  tell_place(asked, answer);
}

void Desk::tell_place(const Open& asked, const std::string& answer) const {
  const auto place = static_cast<std::uint32_t>(line_.place_of(asked.subject));
  if (place != 0) bus_->send(answer, "", InLine{place});
}

bool Desk::wanted_in_line(const Offer& offer) const {
  return std::ranges::any_of(line_.waiters(), [&](const Waiter& waiter) {
    return offer.fits(waiter.labels) && offer.refusal(process_of(waiter.subject)).empty();
  });
}

/// The first in line that it fits, and who may have it, gets it. Whoever was killed does not hold
/// up those behind it: the server knows that it has gone.
void Desk::serve_line_with(Offer& offer) {
  offer.forget_ended();
  const auto may_have = [&offer](const Waiter& waiter) {
    const std::string process = process_of(waiter.subject);
    const bool kept_for_another = offer.kept() && !offer.kept_for(process);
    return !kept_for_another && offer.fits(waiter.labels) && offer.refusal(process).empty();
  };
  while (offer.free()) {
    const auto first = std::ranges::find_if(line_.waiters(), may_have);
    if (first == line_.waiters().end()) return;
    const std::string subject = first->subject;
    line_.leave(subject);
    offer.lend(subject).check();
  }
}

void Desk::check_some_of(const Offers& offers) {
  const std::size_t count = std::min(checks_left_, offers.size());
  for (std::size_t i = 0; i < count; ++i) offers[next_check_++ % offers.size()]->check();
  checks_left_ -= count;
}

void Desk::tick() {
  const Offers all = offers();
  line_.forget_silent(Clock::now());
  for (const auto& offer : all) {
    offer->end_overdue();
    serve_line_with(*offer);
  }
  checks_left_ = kChecks;
  if (!line_.waiters().empty()) check_some_of(all);
}

void Desk::server_gone() {
  begun_ = false;
  for (const auto& offer : offers()) offer->changed().notify();
}

}  // namespace vscard::chardev::nats
