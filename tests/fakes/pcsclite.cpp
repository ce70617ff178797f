#include "tests/fakes/pcsclite.hpp"

#include "tests/fakes/hex.hpp"

#include <algorithm>
#include <utility>
#include <winscard.h>

namespace vscard::fakes {
namespace {

using Lock = std::unique_lock<std::mutex>;

/// Many times what a busy machine needs.
constexpr std::chrono::seconds kPatience{30};

}  // namespace

Pcsclite* Pcsclite::current = nullptr;

Pcsclite::Pcsclite() { current = this; }
Pcsclite::~Pcsclite() { current = nullptr; }

void Pcsclite::stop_service(long code) {
  const std::lock_guard lock(mutex_);
  end_service(code);
  running_ = false;
}

void Pcsclite::start_service() {
  const std::lock_guard lock(mutex_);
  running_ = true;
}

void Pcsclite::restart_service(long code) {
  const std::lock_guard lock(mutex_);
  end_service(code);
  running_ = true;
}

void Pcsclite::end_service(long code) {
  ++service_;
  stopped_ = code;
  contexts_.clear();
  connections_.clear();
  for (auto& [name, reader] : readers_) reader.taken = false;
  changed_.notify_all();
}

void Pcsclite::count_readers_as_events() {
  const std::lock_guard lock(mutex_);
  list_events_ = order_.size();
}

void Pcsclite::add_reader(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (list_events_) ++*list_events_;
  order_.push_back(name);
  readers_[name] = {};
  changed_.notify_all();
}

void Pcsclite::remove_reader(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (list_events_) ++*list_events_;
  std::erase(order_, name);
  readers_.erase(name);
  changed_.notify_all();
}

void Pcsclite::insert(const std::string& reader, const std::string& atr_hex, Mute mute) {
  const std::lock_guard lock(mutex_);
  Reader& slot = readers_.at(reader);
  slot.atr = from_hex(atr_hex);
  slot.mute = mute == Mute::Yes;
  slot.resets = 0;
  ++slot.changes;
  changed_.notify_all();
}

void Pcsclite::remove(const std::string& reader) {
  const std::lock_guard lock(mutex_);
  Reader& slot = readers_.at(reader);
  slot.atr.reset();
  ++slot.changes;
  changed_.notify_all();
}

void Pcsclite::answer(std::function<Data(const Data&)> card) {
  const std::lock_guard lock(mutex_);
  card_ = std::move(card);
}

void Pcsclite::control(std::function<std::optional<Data>(unsigned long, const Data&)> driver) {
  const std::lock_guard lock(mutex_);
  driver_ = std::move(driver);
}

void Pcsclite::reset_by_another(const std::string& reader) {
  const std::lock_guard lock(mutex_);
  ++readers_.at(reader).resets;
}

void Pcsclite::take_exclusively(const std::string& reader) {
  const std::lock_guard lock(mutex_);
  readers_.at(reader).taken = true;
}

void Pcsclite::give_back(const std::string& reader) {
  const std::lock_guard lock(mutex_);
  readers_.at(reader).taken = false;
}

void Pcsclite::results(PcscCall call, std::deque<long> codes) {
  const std::lock_guard lock(mutex_);
  results_[call] = std::move(codes);
}

void Pcsclite::block(PcscCall call) {
  const std::lock_guard lock(mutex_);
  blocked_.insert(call);
}

void Pcsclite::release(PcscCall call) {
  const std::lock_guard lock(mutex_);
  blocked_.erase(call);
  changed_.notify_all();
}

void Pcsclite::on_next(PcscCall call, std::function<void(Pcsclite&)> event) {
  const std::lock_guard lock(mutex_);
  events_[call].push_back(std::move(event));
}

int Pcsclite::count(PcscCall call) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(call);
  return found == counts_.end() ? 0 : found->second;
}

bool Pcsclite::wait_until_called(PcscCall call, int times) const {
  Lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] {
    const auto found = counts_.find(call);
    return found != counts_.end() && found->second >= times;
  });
}

bool Pcsclite::wait_until_waiting(PcscCall call) const {
  Lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] {
    const auto found = waiting_.find(call);
    return found != waiting_.end() && found->second > 0;
  });
}

std::vector<std::string> Pcsclite::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

unsigned long Pcsclite::last_protocol() const {
  const std::lock_guard lock(mutex_);
  return last_protocol_;
}

unsigned long Pcsclite::last_initialization() const {
  const std::lock_guard lock(mutex_);
  return last_initialization_;
}

unsigned long Pcsclite::last_share() const {
  const std::lock_guard lock(mutex_);
  return last_share_;
}

unsigned long Pcsclite::last_disposition() const {
  const std::lock_guard lock(mutex_);
  return last_disposition_;
}

std::size_t Pcsclite::open_contexts() const {
  const std::lock_guard lock(mutex_);
  return contexts_.size();
}

std::size_t Pcsclite::open_connections() const {
  const std::lock_guard lock(mutex_);
  return connections_.size();
}

/// What a call gives before it begins: a result that was asked for, or that there is no service.
std::optional<long> Pcsclite::enter(Lock& lock, PcscCall call) {
  ++counts_[call];
  changed_.notify_all();
  if (auto& events = events_[call]; !events.empty()) {
    const auto event = std::move(events.front());
    events.pop_front();
    lock.unlock();
    event(*this);
    lock.lock();
  }
  wait(lock, call, [&] { return !blocked_.contains(call); });
  auto& results = results_[call];
  if (!results.empty()) {
    const long code = results.front();
    results.pop_front();
    if (code != SCARD_S_SUCCESS) return code;
  }
  if (!running_) return SCARD_E_NO_SERVICE;
  return std::nullopt;
}

bool Pcsclite::wait(Lock& lock, PcscCall call, const std::function<bool()>& done,
                    std::chrono::milliseconds limit) {
  if (done()) return true;
  ++waiting_[call];
  changed_.notify_all();
  const bool in_time = changed_.wait_for(lock, limit, done);
  --waiting_[call];
  return in_time;
}

}  // namespace vscard::fakes
