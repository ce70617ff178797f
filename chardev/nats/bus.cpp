#include "chardev/nats/bus.hpp"

#include "async/error_as_value.hpp"
#include "async/spawn.hpp"
#include "async/worker.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <stdexcept>
#include <sys/random.h>
#include <utility>
#include <vector>

namespace vscard::chardev::nats {
namespace {

using protocol::Clock;

constexpr std::chrono::seconds kTick{1};
/// Longer than kPingEvery: then a server that is there has answered.
constexpr std::chrono::seconds kServerSilence{4};
constexpr std::size_t kMinPayload = 1024;  ///< bytes of a message that a server has to take
constexpr std::size_t kMaxUnsent = std::size_t{1} << 20;  ///< bytes, before writers wait

/// The buses of a context. A bus ends with those who hold it, not with the context. A thread that
/// connects one ends before the context does: libnats cannot be stopped meanwhile, and what it uses
/// is gone when the program is.
class Buses final : public asio::execution_context::service {
 public:
  using key_type = Buses;
  static inline asio::execution_context::id id;  // NOLINT(readability-identifier-naming)

  explicit Buses(asio::execution_context& context) : service(context) {}

  std::shared_ptr<Bus> get(const asio::any_io_executor& executor, const Servers& servers) {
    std::erase_if(all_, [](const auto& entry) { return entry.second.expired(); });
    for (const auto& [those, bus] : all_) {
      if (those == servers) return bus.lock();
    }
    auto made = std::make_shared<Bus>(executor, servers);
    all_.emplace_back(servers, made);
    return made;
  }

  async::Worker& hire() { return connecting_.emplace_back(); }
  void dismiss(const async::Worker& worker) {
    connecting_.remove_if([&worker](const async::Worker& other) { return &other == &worker; });
  }

 private:
  void shutdown() override { connecting_.clear(); }

  std::vector<std::pair<Servers, std::weak_ptr<Bus>>> all_;
  std::list<async::Worker> connecting_;
};

Buses& buses_of(const asio::any_io_executor& executor) {
  return asio::use_service<Buses>(asio::query(executor, asio::execution::context));
}

}  // namespace

/// A connection while it lasts.
struct Bus::Line {
  Line(const asio::any_io_executor& executor, std::unique_ptr<ServerConnection> opened)
      : server(std::move(opened)), socket(executor, server->duplicate_socket()) {}

  void close() {
    closed.notify();
    boost::system::error_code ignored;  // closed is closed
    socket.close(ignored);
  }

  /// Has the server been silent for too long? One whose bytes this process is too busy to read is
  /// not.
  bool silent() {
    if (Clock::now() - heard < kServerSilence) return false;
    asio::posix::descriptor_base::bytes_readable unread;
    boost::system::error_code ignored;  // then there are none
    socket.io_control(unread, ignored);
    return unread.get() == 0;
  }

  std::unique_ptr<ServerConnection> server;
  asio::posix::stream_descriptor socket;
  protocol::Time heard = Clock::now();  ///< when bytes came
  bool writing = false;                 ///< write() waits for the socket
  async::Event closed;
};

std::shared_ptr<Bus> Bus::of(const asio::any_io_executor& executor, const Servers& servers) {
  return buses_of(executor).get(executor, servers);
}

Bus::Bus(asio::any_io_executor executor, Servers servers)
    : executor_(std::move(executor)),
      servers_(std::move(servers)),
      inbox_(servers_.inbox + "." + random_token()) {}

Bus::~Bus() {
  if (line_) line_->close();
}

Awaitable<Result<>> Bus::connect() {
  const auto self = shared_from_this();
  if (connected()) co_return Result<>{};
  SharedTry::Work open = [this] { return open_line(); };
  co_return co_await connecting_.run(std::move(open));
}

Awaitable<Result<>> Bus::open_line() {
  async::Worker& worker = buses_of(executor_).hire();
  std::move_only_function<Result<std::unique_ptr<ServerConnection>>()> open =
      [this, weak = weak_from_this(), executor = executor_] {
        return ServerConnection::open(servers_, [weak, executor] {
          asio::post(executor, [weak] {
            if (const auto bus = weak.lock()) bus->process_write();
          });
        });
      };
  auto opened = co_await async::on_worker(worker, std::move(open));
  buses_of(executor_).dismiss(worker);
  if (!opened) co_return std::unexpected(opened.error());
  if ((*opened)->max_payload() < kMinPayload) {
    co_return std::unexpected("the server takes messages of " +
                              std::to_string((*opened)->max_payload()) +
                              " bytes, which is too few");
  }
  line_ = std::make_shared<Line>(executor_, std::move(*opened));
  subscribe(inbox_ + ".*");
  async::spawn(executor_, read(weak_from_this(), line_));
  async::spawn(executor_, tick(weak_from_this(), line_));
  co_return Result<>{};
}

Awaitable<void> Bus::read(std::weak_ptr<Bus> weak, std::shared_ptr<Line> line) {
  while (true) {
    const auto [failed] = co_await line->socket.async_wait(asio::posix::descriptor_base::wait_read,
                                                           async::kErrorAsValue);
    const auto bus = weak.lock();
    if (failed || !bus || bus->line_ != line) co_return;
    bus->process_read(*line);
  }
}

Awaitable<void> Bus::write(std::weak_ptr<Bus> weak, std::shared_ptr<Line> line) {
  while (line->server->write_is_due()) {
    const auto [failed] = co_await line->socket.async_wait(asio::posix::descriptor_base::wait_write,
                                                           async::kErrorAsValue);
    const auto bus = weak.lock();
    if (failed || !bus || bus->line_ != line) break;
    line->server->process_write();
    if (!bus->congested()) bus->tell_all(&Receiver::drained);
  }
  line->writing = false;
}

Awaitable<void> Bus::tick(std::weak_ptr<Bus> weak, std::shared_ptr<Line> line) {
  while (true) {
    co_await line->closed.wait_for(kTick);
    const auto bus = weak.lock();
    if (!bus || bus->line_ != line) co_return;
    if (line->server->ended() || line->silent()) {
      bus->lose_line();
      co_return;
    }
    bus->tell_all(&Receiver::tick);
  }
}

void Bus::process_read(Line& line) {
  line.heard = Clock::now();
  line.server->process_read([this](const Arrival& arrival) { dispatch(arrival); });
  if (line.server->ended()) {
    lose_line();
  } else if (std::exchange(somebody_is_missing_, false)) {
    tell_all(&Receiver::somebody_is_missing);
  }
}

/// A receiver may come to a further subject meanwhile, and leave one.
void Bus::tell_all(void (Receiver::*what)()) const {
  std::vector<Receiver*> all;
  for (const auto& [subject, receiver] : receivers_) all.push_back(receiver);
  for (Receiver* const receiver : all) (receiver->*what)();
}

/// Somebody may write to a stream that has ended here, or answer too late.
void Bus::dispatch(const Arrival& arrival) {
  const auto [first, last] = receivers_.equal_range(arrival.subject);
  if (first != last) {
    std::vector<Receiver*> all;
    for (auto at = first; at != last; ++at) all.push_back(at->second);
    for (Receiver* const receiver : all) receiver->arrived(arrival);
    return;
  }
  if (arrival.nobody_there) {
    somebody_is_missing_ = true;
    return;
  }
  const std::string reply(arrival.reply);
  const auto message = decode(arrival.payload);
  const bool belongs_to_stream = message && (std::holds_alternative<Data>(*message) ||
                                             std::holds_alternative<Accept>(*message));
  if (!belongs_to_stream || !is_reply_subject(reply)) return;
  send(reply, "", Refuse{"there is no such stream"});
}

void Bus::lose_line() {
  std::exchange(line_, nullptr)->close();
  tell_all(&Receiver::server_gone);
}

std::string Bus::new_inbox() const { return inbox_ + "." + random_token(); }

std::string Bus::new_question() const { return inbox_ + ".ask." + random_token(); }

Receiver* Bus::find(std::string_view subject) const {
  const auto found = receivers_.find(subject);
  return found == receivers_.end() ? nullptr : found->second;
}

void Bus::remove(const std::string& subject, const Receiver& receiver) {
  const auto [first, last] = receivers_.equal_range(subject);
  const auto found =
      std::find_if(first, last, [&](const auto& entry) { return entry.second == &receiver; });
  if (found != last) receivers_.erase(found);
}

void Bus::subscribe(const std::string& subject) {
  if (line_) line_->server->subscribe(subject);
}

void Bus::unsubscribe(const std::string& subject) {
  if (line_) line_->server->unsubscribe(subject);
}

void Bus::send(const std::string& subject, const std::string& reply, const Message& message) {
  if (!line_) return;
  line_->server->send(subject, reply, encode(message).view());
  process_write();
}

void Bus::process_write() {
  if (!line_) return;
  line_->server->process_write();
  if (!line_->server->write_is_due() || std::exchange(line_->writing, true)) return;
  async::spawn(executor_, write(weak_from_this(), line_));
}

std::size_t Bus::max_data() const {
  const std::size_t limit = line_ ? line_->server->max_payload() : kMinPayload;
  return std::min(limit - kDataHeader, kWindow);
}

std::string Bus::refusal_of(std::string_view subject) const {
  return line_ ? line_->server->refusal_of(subject) : "";
}

bool Bus::congested() const { return line_ && line_->server->unsent() > kMaxUnsent; }

std::string random_token() {
  std::array<std::uint8_t, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the system gives no random bytes");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

}  // namespace vscard::chardev::nats
