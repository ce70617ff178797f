// libcacard's vscclient, as it was recorded with QEMU, at the handler.

#include "tests/pcsc-bridge/ifd/handler_host.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <optional>

namespace vscard::pcsc_bridge::ifd::test {
namespace {

using vscard::test::RawSocket;

constexpr std::size_t kHeader = 24;  ///< hex digits before a message's payload
constexpr const char* kApdu = "00000007";

/// The recorded client sends its messages to us, and gets what it got from QEMU.
TEST(IfdStockClient, GetsTheRecordedBytes) {
  const Host host;
  const Reader reader(host.module(), 0, host.listen("vsc"));
  std::optional<RawSocket> client;
  std::future<Reader::Result> response;
  int responses = 0;
  std::ifstream file(VSCARD_TEST_DATA "/vsc-transcript.txt");
  for (std::string line; std::getline(file, line);) {
    const std::string message = line.substr(std::min<std::size_t>(line.size(), 2));
    if (line.starts_with("connection")) {
      client.reset();
      reader.wait_for_presence(IFD_ICC_NOT_PRESENT);
      client.emplace(RawSocket::connect_unix(host.path("vsc")));
    } else if (line.starts_with("H ")) {
      if (message.starts_with(kApdu)) {
        reader.wait_for_presence(IFD_ICC_PRESENT);
        response = std::async(std::launch::async, [&reader, command = message.substr(kHeader)] {
          return reader.transmit(command);
        });
      }
      expect(*client, message);
    } else if (line.starts_with("C ")) {
      client->send_hex(message);
      if (!message.starts_with(kApdu)) continue;
      EXPECT_EQ(response.get(), (Reader::Result{IFD_SUCCESS, message.substr(kHeader)}));
      ++responses;
    }
  }
  EXPECT_EQ(responses, 5);
  reader.wait_for_presence(IFD_ICC_PRESENT);
  EXPECT_EQ(reader.power(IFD_POWER_UP).hex, "3b7a18000073667465206364313434");
}

}  // namespace
}  // namespace vscard::pcsc_bridge::ifd::test
