#include "chardev/nats/offer.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::nats {
namespace {

using protocol::Clock;

constexpr std::size_t kMaxWaiting =
    16;  ///< streams that nobody has taken yet; of more, the oldest gives way
/// After its lease whoever had a card waits so long, which is longer than others wait between two
/// questions.
constexpr std::chrono::seconds kRest{15};
/// Longer than a link that breaks needs to find the next server, and to ask there.
constexpr std::chrono::seconds kKept{2};
constexpr std::size_t kShownToken = 6;  ///< characters of a subject, in log lines

/// It ended though neither side wanted that.
bool broke(const std::error_code& end) {
  return end == Errc::Lost || end == Errc::Silent || end == Errc::NobodyThere ||
         end == Errc::ServerGone;
}

/// "_INBOX_ci.3f2a1c": with an inbox for each group of users it says which group, and which of
/// their processes.
std::string shown(const std::string& subject) {
  const std::string process = process_of(subject);
  return process.substr(0, process.rfind('.') + 1 + kShownToken);
}

}  // namespace

std::string process_of(const std::string& subject) { return subject.substr(0, subject.rfind('.')); }

Offer::Offer(std::shared_ptr<Bus> bus, ServerSpec spec, std::string address)
    : bus_(std::move(bus)), spec_(std::move(spec)), address_(std::move(address)) {}

void Offer::forget_ended() {
  std::vector<std::unique_ptr<NatsStream>> ended;  // which tell so when they go
  for (auto& stream : waiting_) {
    if (stream->ended()) ended.push_back(std::move(stream));
  }
  std::erase(waiting_, nullptr);
}

/// Of several that were offered a stream in a pool, one confirms that it is wanted.
std::unique_ptr<Stream> Offer::take() {
  forget_ended();
  const auto wanted = std::ranges::find_if(waiting_, &NatsStream::greeted);
  if (wanted == waiting_.end()) return nullptr;
  auto stream = std::move(*wanted);
  waiting_.erase(wanted);
  ++lent_;
  return stream;
}

bool Offer::free() const { return !spec_.pool() || (given_.empty() && allowed_ == Leases::New); }

bool Offer::fits(const std::vector<std::string>& labels) const {
  return std::ranges::all_of(labels, [this](const std::string& label) {
    return std::ranges::find(spec_.labels, label) != spec_.labels.end();
  });
}

std::string Offer::refusal(const std::string& process) const {
  if (process == resting_.process && Clock::now() < resting_.time) {
    return "its lease is over, and others go first";
  }
  if (free()) return "";
  return given_.empty() ? "no card is lent now" : "every card with these labels is taken";
}

bool Offer::kept() const { return !kept_.process.empty() && Clock::now() < kept_.time; }

bool Offer::kept_for(const std::string& process) const {
  return kept() && process == kept_.process;
}

void Offer::keep_from_now() { kept_.time = Clock::now() + kKept; }

NatsStream& Offer::lend(const std::string& subject) {
  if (waiting_.size() >= kMaxWaiting) drop_one_waiting();
  kept_ = {};
  const std::string own = bus_->new_inbox();
  const std::string remote = address_ + "#" + own.substr(own.size() - kShownToken);
  auto stream = std::make_unique<NatsStream>(bus_, own, subject, remote);
  stream->on_change([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->changed_.notify();
  });
  stream->on_end([weak = weak_from_this(), own](const NatsStream::Ended& ended) {
    if (const auto self = weak.lock()) self->stream_ended(own, ended);
  });
  given_.push_back(
      {.stream = stream.get(), .subject = own, .peer = subject, .since = Clock::now()});
  waiting_.push_back(std::move(stream));
  bus_->send(subject, own, Accept{});
  return *waiting_.back();
}

bool Offer::lend_again(const std::string& subject) {
  const auto given = std::ranges::find(given_, subject, &Given::peer);
  if (given == given_.end()) return false;
  bus_->send(subject, given->subject, Accept{});
  return true;
}

/// Preferably one that nobody has confirmed.
void Offer::drop_one_waiting() {
  const auto unconfirmed = std::ranges::find_if_not(waiting_, &NatsStream::greeted);
  const auto dropped = unconfirmed == waiting_.end() ? waiting_.begin() : unconfirmed;
  const auto stream = std::move(*dropped);
  waiting_.erase(dropped);
}

void Offer::check() {
  for (const Given& given : given_) given.stream->check();
}

void Offer::end_overdue() {
  const auto now = Clock::now();
  for (const Given& given : given_) {
    if (spec_.lease && now - given.since >= *spec_.lease) end_lease(given);
  }
}

void Offer::end_lease(const Given& given) {
  resting_ = {.process = process_of(given.peer), .time = Clock::now() + kRest};
  given.stream->take_back();
}

std::optional<Lease> Offer::lease() const {
  if (given_.empty()) return std::nullopt;
  const Given& given = given_.front();
  Lease lease{.holder = shown(given.peer), .since = given.since, .until = {}};
  if (spec_.lease) lease.until = given.since + *spec_.lease;
  return lease;
}

std::vector<chardev::Waiting> Offer::line() const {
  std::vector<chardev::Waiting> line;
  for (const Waiter& waiter : surroundings_.waiters()) {
    if (!fits(waiter.labels)) continue;
    line.push_back({.who = shown(waiter.subject), .labels = waiter.labels, .since = waiter.since});
  }
  return line;
}

void Offer::allow(Leases leases) {
  allowed_ = leases;
  surroundings_.freed();
}

bool Offer::release() {
  if (given_.empty()) return false;
  end_lease(given_.front());
  return true;
}

void Offer::stream_ended(const std::string& subject, const NatsStream::Ended& ended) {
  const auto given = std::ranges::find(given_, subject, &Given::subject);
  if (given == given_.end()) return;
  if (ended.greeted && broke(ended.error)) {
    kept_.process = process_of(given->peer);
    keep_from_now();
  }
  given_.erase(given);
  surroundings_.freed();
}

}  // namespace vscard::chardev::nats
