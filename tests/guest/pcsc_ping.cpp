// Usage: pcsc-ping APDU STATUS COUNT [READER]
// Sends APDU to the card COUNT times, as fast as it answers, and prints the median and the 99th
// percentile of a round trip. Fails unless every answer ends with STATUS ("9000"). READER is a part
// of the reader's name, the first reader when it is left out.

#include "tests/fakes/pcsc_user.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>

using namespace vscard::fakes::pcsc_user;

namespace {

void ping(const std::vector<std::uint8_t>& apdu, const std::string& status, unsigned long count,
          const std::string& part) {
  using Clock = std::chrono::steady_clock;
  const Context context;
  Card card(context, part);
  std::vector<double> microseconds;
  for (unsigned long i = 0; i < count; ++i) {
    const auto start = Clock::now();
    const std::string response = to_hex(card.transmit(apdu));
    microseconds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    if (!response.ends_with(status)) throw std::runtime_error("the card answered " + response);
  }

  std::ranges::sort(microseconds);
  std::printf("count %lu median_us %.0f p99_us %.0f\n", count, microseconds[count / 2],
              microseconds[count * 99 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 4) throw std::runtime_error("usage: pcsc-ping APDU STATUS COUNT [READER]");
    const unsigned long count = std::stoul(argv[3]);
    if (count == 0) throw std::runtime_error("COUNT is at least 1");
    ping(from_hex(argv[1]), argv[2], count, argc > 4 ? argv[4] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pcsc-ping: %s\n", error.what());
    return 1;
  }
  return 0;
}
