// Usage: nats-pool HOST:PORT SERVER_PID [CARDS]
// Pools of so many cards, 10,000 without it, that one process lends and another one's clients use:
// what a card costs its process, how long a lease takes, and how long from line with as many in
// line as there are cards; how many commands 100 streams exchange before and after that, and what
// one costs the server, of its processor time.

#include "async/event.hpp"
#include "async/spawn.hpp"
#include "bench/peer_process.hpp"
#include "bench/process.hpp"
#include "bench/samples.hpp"
#include "chardev/program_transports.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

using namespace vscard;
using namespace vscard::bench;

namespace {

using Streams = std::vector<std::unique_ptr<chardev::Stream>>;

constexpr std::size_t kOfAPool = 1000;  ///< cards, and clients in line: there is room for 1024
constexpr std::size_t kTalking = 100;   ///< streams
constexpr std::size_t kGivenBack = 300;
constexpr std::array<std::uint8_t, 13> kCommand{};  ///< a small one in VSC
constexpr std::array<std::uint8_t, 10> kResponse{};
constexpr std::chrono::seconds kTalk{3};

chardev::Address pool(const std::string& server, std::size_t card, const std::string& keys = "") {
  const std::string name = fmt::format("/pool.{}", card / kOfAPool);
  return chardev::parse_address("nats://" + server + name + keys).value();
}

const chardev::Transport& transport(const chardev::Address& address) {
  return **chardev::find_transport(chardev::program_transports(), address);
}

Awaitable<void> answer_all(std::unique_ptr<chardev::Stream> stream) {
  std::array<std::uint8_t, 64> command{};
  while (co_await stream->read(command)) {
    if (co_await stream->write(kResponse)) co_return;
  }
}

Awaitable<void> lend(chardev::Listener& card) {
  const auto executor = co_await asio::this_coro::executor;
  while (true) {
    auto accepted = co_await card.accept();
    if (accepted) async::spawn(executor, answer_all(std::move(*accepted)));
  }
}

void lend_all(const std::string& server, std::size_t first, std::size_t end) {
  asio::io_context io{1};
  std::vector<std::unique_ptr<chardev::Listener>> cards;
  for (std::size_t i = first; i < end; ++i) {
    const auto address = pool(server, i);
    cards.push_back(transport(address).listen(io.get_executor(), address).value());
    async::spawn(io.get_executor(), lend(*cards.back()));
  }
  io.run();
}

/// The clients of all cards.
class Users {
 public:
  Users(asio::io_context& io, std::string server) : io_(io), server_(std::move(server)) {}

  /// One after the other, with as many in line for each pool at the end as it has cards.
  Awaitable<void> lease_all(std::size_t count, Samples& samples) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto began = std::chrono::steady_clock::now();
      streams_.push_back(co_await lease(pool(server_, i)));
      if (i % kOfAPool != 0) samples.add(std::chrono::steady_clock::now() - began);
    }
  }
  void wait_all(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) async::spawn(io_.get_executor(), wait_in_line(i));
  }
  /// When all are in line: how long it takes until the first of it has a card that was given back.
  Awaitable<void> give_back(Samples& samples) {
    const std::size_t idle = streams_.size() - kTalking;
    const std::size_t count = std::min(kGivenBack, idle);
    for (std::size_t i = 0; i < count; ++i) {
      const auto began = std::chrono::steady_clock::now();
      const std::size_t had = from_line_.size();
      streams_[i * idle / count].reset();
      while (from_line_.size() == had) co_await changed_.wait();
      samples.add(std::chrono::steady_clock::now() - began);
    }
  }
  std::size_t in_line() const { return in_line_; }
  /// How many commands they exchange in kTalk.
  std::size_t talk() {
    commands_ = 0;
    talking_ = true;
    for (std::size_t i = streams_.size() - kTalking; i < streams_.size(); ++i) {
      async::spawn(io_.get_executor(), talk_over(*streams_[i]));
    }
    io_.run_for(kTalk);
    talking_ = false;
    return commands_;
  }

 private:
  static Awaitable<std::unique_ptr<chardev::Stream>> lease(chardev::Address address) {
    const auto executor = co_await asio::this_coro::executor;
    const auto connector = transport(address).connector(executor, address);
    while (true) {
      auto connected = co_await connector->connect();
      if (connected) co_return std::move(*connected);
    }
  }
  Awaitable<void> wait_in_line(std::size_t number) {
    const auto address = pool(server_, number, ",wait=3600");
    const auto connector = transport(address).connector(io_.get_executor(), address);
    auto connected = co_await connector->connect();
    while (!connected && connected.error().remedy != chardev::ConnectError::Remedy::GoOn) {
      connected = co_await connector->connect();
    }
    ++in_line_;
    while (!connected) connected = co_await connector->connect();
    from_line_.push_back(std::move(*connected));
    changed_.notify();
  }
  Awaitable<void> talk_over(chardev::Stream& stream) {
    std::array<std::uint8_t, 64> response{};
    while (talking_) {
      const auto failed = co_await stream.write(kCommand);
      const auto size = co_await stream.read(response);
      if (failed || !size) throw std::runtime_error((failed ? failed : size.error()).message());
      ++commands_;
    }
  }

  asio::io_context& io_;
  std::string server_;
  Streams streams_;
  Streams from_line_;
  async::Event changed_;
  std::size_t in_line_ = 0;
  std::size_t commands_ = 0;
  bool talking_ = false;
};

template <class Work>
void run(asio::io_context& io, Work work) {
  bool ended = false;
  async::spawn(io.get_executor(), std::move(work), [&ended] { ended = true; });
  while (!ended) io.run_one();
}

void report(const char* what, double value, const char* unit) {
  fmt::print("{:<46} {:9.1f} {}\n", what, value, unit);
  std::fflush(stdout);
}

void report(const char* what, const Samples& samples) {
  report(fmt::format("{}, median", what).c_str(), samples.quantile(0.5) / 1000, "ms");
  report(fmt::format("{}, p99", what).c_str(), samples.quantile(0.99) / 1000, "ms");
}

void measure_talk(Users& users, pid_t server_pid, const char* when) {
  const double began = cpu_time(server_pid);
  const auto commands = static_cast<double>(users.talk());
  const double spent = cpu_time(server_pid) - began;
  report(fmt::format("commands a second, {}", when).c_str(),
         commands / std::chrono::duration<double>(kTalk).count(), "");
  report(fmt::format("a command, {}, of the server's time", when).c_str(), spent / commands, "us");
}

void measure(const std::string& server, pid_t server_pid, std::size_t count) {
  const PeerProcess owner({}, [&] { lend_all(server, 0, count); });
  const PeerProcess of_one({}, [&] { lend_all(server, count + kOfAPool, count + kOfAPool + 1); });
  asio::io_context io{1};
  Users users(io, server);
  Samples leases;
  run(io, users.lease_all(count, leases));
  const double before = resident_kib(of_one.pid());
  const double card = (resident_kib(owner.pid()) - before) / static_cast<double>(count - 1);
  report("a card that is lent", card, "KiB");
  report("a lease", leases);
  measure_talk(users, server_pid, "nobody in line");
  users.wait_all(count);
  while (users.in_line() < count) io.run_one();
  Samples from_line;
  run(io, users.give_back(from_line));
  report("from line, with all clients in it", from_line);
  measure_talk(users, server_pid, "all in line");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 3) throw std::runtime_error("usage: nats-pool HOST:PORT SERVER_PID [CARDS]");
    measure(argv[1], std::stoi(argv[2]), argc > 3 ? std::stoul(argv[3]) : 10'000);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nats-pool: %s\n", error.what());
    return 1;
  }
}
