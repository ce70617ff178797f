// Usage: pcsc-ping APDU STATUS COUNT [READER]
// Sends APDU to the card COUNT times, as fast as it answers, and prints the median and the 99th
// percentile of a round trip. Fails unless every answer ends with STATUS ("9000"). READER is a part
// of the reader's name, the first reader when it is left out.

#include "tests/guest/pcsc.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>

using namespace vscard::guest;

namespace {

std::string find_reader(const Context& context, const std::string& part) {
  for (const std::string& reader : context.readers()) {
    if (reader.contains(part)) return reader;
  }
  throw std::runtime_error("no reader with '" + part + "' in its name");
}

std::string transmit(SCARDHANDLE card, const SCARD_IO_REQUEST* protocol,
                     const std::vector<std::uint8_t>& apdu) {
  std::array<std::uint8_t, MAX_BUFFER_SIZE_EXTENDED> response{};
  DWORD size = response.size();
  check(SCardTransmit(card, protocol, apdu.data(), apdu.size(), nullptr, response.data(), &size),
        "SCardTransmit");
  return to_hex({response.data(), size});
}

void ping(const std::vector<std::uint8_t>& apdu, const std::string& status, unsigned long count,
          const std::string& part) {
  using Clock = std::chrono::steady_clock;
  const Context context;
  SCARDHANDLE card = 0;
  DWORD protocol = 0;
  check(SCardConnect(context.native(), find_reader(context, part).c_str(), SCARD_SHARE_SHARED,
                     SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol),
        "SCardConnect");
  const auto* request = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;

  std::vector<double> microseconds;
  for (unsigned long i = 0; i < count; ++i) {
    const auto start = Clock::now();
    const std::string response = transmit(card, request, apdu);
    microseconds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    if (!response.ends_with(status)) throw std::runtime_error("the card answered " + response);
  }
  SCardDisconnect(card, SCARD_LEAVE_CARD);

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
