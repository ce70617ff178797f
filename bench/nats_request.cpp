// Usage: nats-request URL [SERVER_PID]
// The median and 99th percentile, in microseconds, of libnats' own request and reply: the floor of
// what a command over NATS takes; and what it costs the server, of its processor time, alone and
// when 100 are on the way. Both sides are on one core, and send at once in place of gathering for a
// millisecond.

#include "bench/peer_process.hpp"
#include "bench/process.hpp"
#include "bench/rounds.hpp"
#include "bench/samples.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <nats/nats.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

using namespace vscard::bench;

namespace {

constexpr const char* kSubject = "vscard-bench";
constexpr std::array<std::uint8_t, 29> kQuestion{};  ///< a small command in VSC, over our stream
constexpr std::array<std::uint8_t, 26> kAnswer{};    ///< and its response
constexpr std::int64_t kPatience = 10'000;           ///< milliseconds
constexpr int kAtOnce = 100;                         ///< requests, as many as nats-pool has streams
constexpr std::chrono::seconds kTalk{3};

void require(natsStatus status) {
  if (status != NATS_OK) throw std::runtime_error(natsStatus_GetText(status));
}

/// It stays until this process ends.
natsConnection* connect_to(const char* url) {
  natsOptions* options = nullptr;
  natsConnection* connection = nullptr;
  require(natsOptions_Create(&options));
  require(natsOptions_SetURL(options, url));
  require(natsOptions_SetSendAsap(options, true));
  require(natsConnection_Connect(&connection, options));
  return connection;
}

void answer(natsConnection* connection, natsSubscription* /*subscription*/, natsMsg* message,
            void* /*closure*/) {
  natsConnection_Publish(connection, natsMsg_GetReply(message), kAnswer.data(), kAnswer.size());
  natsMsg_Destroy(message);
}

void answer_all(const char* url) {
  natsConnection* const connection = connect_to(url);
  natsSubscription* subscription = nullptr;
  require(natsConnection_Subscribe(&subscription, connection, kSubject, answer, nullptr));
  while (true) ::pause();
}

void exchange(natsConnection* connection) {
  natsMsg* reply = nullptr;
  natsStatus status = NATS_NO_RESPONDERS;  // at first
  while (status == NATS_NO_RESPONDERS) {
    status = natsConnection_Request(&reply, connection, kSubject, kQuestion.data(),
                                    kQuestion.size(), kPatience);
  }
  require(status);
  natsMsg_Destroy(reply);
}

/// Microseconds of the server's time, of one of those that are on the way at once.
double cost_at_once(natsConnection* connection, pid_t server) {
  constexpr const char* kAnswers = "vscard-bench-answers";
  natsSubscription* answers = nullptr;
  require(natsConnection_SubscribeSync(&answers, connection, kAnswers));
  const auto ask = [connection] {
    require(natsConnection_PublishRequest(connection, kSubject, kAnswers, kQuestion.data(),
                                          kQuestion.size()));
  };
  for (int i = 0; i < kAtOnce; ++i) ask();
  int count = 0;
  const double began = cpu_time(server);
  const auto until = std::chrono::steady_clock::now() + kTalk;
  for (; std::chrono::steady_clock::now() < until; ++count) {
    natsMsg* reply = nullptr;
    require(natsSubscription_NextMsg(&reply, answers, kPatience));
    natsMsg_Destroy(reply);
    ask();
  }
  return (cpu_time(server) - began) / count;
}

void measure(const char* url, pid_t server) {
  const unsigned core = choose_cores().front();
  pin_to_core(core);
  const PeerProcess peer(core, [url] { answer_all(url); });
  natsConnection* const connection = connect_to(url);
  exchange(connection);
  Samples samples;
  int count = 0;
  const double began = server == 0 ? 0 : cpu_time(server);
  samples.collect(kLength, [&] {
    exchange(connection);
    ++count;
  });
  const double spent = server == 0 ? 0 : cpu_time(server) - began;
  const double at_once = server == 0 ? 0 : cost_at_once(connection, server);
  std::printf("%.1f %.1f %.1f %.1f\n", samples.quantile(0.5), samples.quantile(0.99), spent / count,
              at_once);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 2 || argc > 3) throw std::runtime_error("usage: nats-request URL [SERVER_PID]");
    measure(argv[1], argc == 3 ? std::stoi(argv[2]) : 0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nats-request: %s\n", error.what());
    return 1;
  }
}
