// Usage: pcsc-swap control:SOCKET|client:SOCKET READER COUNT
// Removes and inserts a card COUNT times, while SCardGetStatusChange waits at READER, a part of its
// name, and prints the median and the 99th percentile of the time from that to the event. By the
// control socket of what owns the card; or the card is one of a VSC client, which this program is.

#include "bench/sockets.hpp"
#include "tests/fakes/pcsc_user.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace vscard;
using namespace vscard::fakes::pcsc_user;

namespace {

using Clock = std::chrono::steady_clock;

/// Until SCardGetStatusChange has asked for the states, and waits.
constexpr std::chrono::milliseconds kUntilWaiting{1};

/// Waits for the card to come or go.
class Watch {
 public:
  Watch(const Context& context, const std::string& reader) : context_(context) {
    for (const std::string& name : context.readers()) {
      if (name.find(reader) != std::string::npos) reader_ = name;
    }
    state_.szReader = reader_.c_str();
    update(0);
  }

  Clock::time_point wait(DWORD wanted) {
    while ((state_.dwCurrentState & wanted) == 0) update(INFINITE);
    return Clock::now();
  }

 private:
  void update(DWORD limit) {
    const LONG status = SCardGetStatusChange(context_.native(), limit, &state_, 1);
    if (status != SCARD_E_TIMEOUT) check(status, "SCardGetStatusChange");
    state_.dwCurrentState = state_.dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
  }

  const Context& context_;
  std::string reader_;
  SCARD_READERSTATE state_{};
};

using Bytes = std::vector<std::uint8_t>;

/// Who can move a card.
class Owner {
 public:
  Owner() = default;
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  virtual ~Owner() = default;

  /// What takes time before the card moves.
  virtual void prepare() = 0;
  enum class Move { Remove, Insert };
  virtual void move(Move move) = 0;
  virtual void check_moved() = 0;
};

class ByControl final : public Owner {
 public:
  explicit ByControl(std::string socket) : socket_(std::move(socket)) {}

  void prepare() override { connection_.emplace(bench::connect_to(socket_)); }
  void move(Move move) override {
    connection_->send(move == Move::Remove ? Bytes{'r', 'e', 'm', 'o', 'v', 'e', '\n'}
                                           : Bytes{'i', 'n', 's', 'e', 'r', 't', '\n'});
  }
  void check_moved() override {
    Bytes answer(3);
    connection_->receive(answer);
    if (answer != Bytes{'o', 'k', '\n'}) throw std::runtime_error("the card does not move");
  }

 private:
  std::string socket_;
  std::optional<bench::Socket> connection_;
};

class Client final : public Owner {
 public:
  explicit Client(const std::string& socket) : host_(bench::connect_to(socket)) {
    host_.send(
        Bytes{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 12, 'V', 'S', 'C', 'D', 0, 0, 0, 2, 0, 0, 0, 0});
    host_.send(Bytes{0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 'r'});
    Bytes answers(24 + kAnswer);
    host_.receive(answers);
    move(Move::Insert);
    check_moved();
  }

  void prepare() override {}
  void move(Move move) override {
    host_.send(move == Move::Remove ? Bytes{0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0}
                                    : Bytes{0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 2, 0x3b, 0x00});
  }
  void check_moved() override {
    Bytes answer(kAnswer);
    host_.receive(answer);
  }

 private:
  static constexpr std::size_t kAnswer = 16;  ///< bytes of a VSC_Error

  bench::Socket host_;
};

std::unique_ptr<Owner> owner_at(const std::string& address) {
  const std::size_t end = address.find(':');
  const std::string socket = address.substr(end + 1);
  if (address.starts_with("control:")) return std::make_unique<ByControl>(socket);
  if (address.starts_with("client:")) return std::make_unique<Client>(socket);
  throw std::runtime_error("control:SOCKET or client:SOCKET, not " + address);
}

void swap_cards(Owner& owner, const std::string& reader, unsigned long count) {
  const Context context;
  Watch watch(context, reader);
  watch.wait(SCARD_STATE_PRESENT);
  std::vector<double> microseconds;
  for (unsigned long i = 0; i < 2 * count; ++i) {
    const auto move = i % 2 == 0 ? Owner::Move::Remove : Owner::Move::Insert;
    owner.prepare();
    auto event = std::async(std::launch::async, [&] {
      return watch.wait(move == Owner::Move::Remove ? SCARD_STATE_EMPTY : SCARD_STATE_PRESENT);
    });
    std::this_thread::sleep_for(kUntilWaiting);
    const auto start = Clock::now();
    owner.move(move);
    microseconds.push_back(std::chrono::duration<double, std::micro>(event.get() - start).count());
    owner.check_moved();
  }
  std::ranges::sort(microseconds);
  std::printf("count %lu median_us %.0f p99_us %.0f\n", 2 * count, microseconds[count],
              microseconds[2 * count * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 4 || std::stoul(argv[3]) == 0) {
      throw std::runtime_error("usage: pcsc-swap control:SOCKET|client:SOCKET READER COUNT");
    }
    const auto owner = owner_at(argv[1]);
    swap_cards(*owner, argv[2], std::stoul(argv[3]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pcsc-swap: %s\n", error.what());
    return 1;
  }
  return 0;
}
