// Usage: echo-card ENDPOINT
// A T=1 card of a test's, at a VSC host: its answers are as long as asked for, or late. Commands,
// in any class:
//
//     INS 01  data           the same data
//     INS 02  P1 P2 = size   a response of so many bytes with its status: 00 01 02 … 90 00
//     INS 03  P1 P2 = time   90 00, after so many seconds

#include "async/spawn.hpp"
#include "chardev/spice/smartcard/client.hpp"
#include "chardev/stdio.hpp"
#include "chardev/transport.hpp"
#include "protocol/iso7816/apdu.hpp"
#include "protocol/iso7816/atr.hpp"
#include "session/client_link.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <vector>

namespace vscard::test {
namespace {

using protocol::SecretBytes;
using protocol::vsc::VscClient;

constexpr protocol::vsc::ReaderId kReader{0};
/// T=1, BWI 4: without time extensions drivers wait for four seconds.
constexpr std::array<std::uint8_t, 7> kAtr{0x3b, 0x80, 0x81, 0x31, 0xfe, 0x45, 0x8b};
constexpr std::uint8_t kEcho = 1;
constexpr std::uint8_t kBeLong = 2;
constexpr std::uint8_t kBeLate = 3;

class EchoCard final : private session::CardSide {
 public:
  EchoCard(const asio::any_io_executor& executor, const chardev::Endpoint& endpoint,
           const chardev::Transport& transport)
      : link_(executor,
              {.link = {.endpoint = endpoint},
               .transport = &transport,
               .peer = protocol::vsc::kAmpleLimits},
              *this,
              [](const Notice& notice) {
                std::fprintf(stderr, "echo-card: %s\n", notice.text.c_str());
              }),
        late_(executor) {}

  Awaitable<void> run() {
    if (const auto opened = link_.open(); !opened) throw std::runtime_error(opened.error().text);
    link_.add_reader(kReader, "echo", protocol::vsc::AheadPolicy::Nothing);
    link_.insert_card(kReader, protocol::iso7816::Atr::parse(kAtr).value());
    const auto ended = co_await link_.run();
    if (!ended) throw std::runtime_error(ended.error().text);
  }

 private:
  void perform(VscClient::Action action) override {
    if (const auto* transmission = std::get_if<VscClient::Transmit>(&action)) {
      answer(transmission->command.view());
    }
  }

  void answer(protocol::Bytes command) {
    const auto apdu = protocol::iso7816::CommandApdu::parse(command);
    if (!apdu) {
      const auto status =
          protocol::iso7816::status_bytes(protocol::iso7816::StatusWord::WrongLength);
      link_.respond(kReader, SecretBytes::copy_of(status));
      return;
    }
    const std::size_t number = static_cast<std::size_t>(apdu->p1) << 8 | apdu->p2;
    if (apdu->ins == kBeLate) std::fprintf(stderr, "echo-card: late by %zu s\n", number);
    late_.expires_after(std::chrono::seconds(apdu->ins == kBeLate ? number : 0));
    late_.async_wait([this, response = respond(*apdu, number)](const auto& cancelled) {
      if (!cancelled) link_.respond(kReader, SecretBytes::copy_of(response));
    });
  }

  static std::vector<std::uint8_t> respond(const protocol::iso7816::CommandApdu& apdu,
                                           std::size_t number) {
    std::vector<std::uint8_t> response;
    if (apdu.ins == kEcho) response.assign(apdu.data.begin(), apdu.data.end());
    for (std::size_t i = 0; apdu.ins == kBeLong && i + protocol::iso7816::kStatusWord < number;
         ++i) {
      response.push_back(static_cast<std::uint8_t>(i));
    }
    const auto status = protocol::iso7816::status_bytes(protocol::iso7816::StatusWord::Success);
    response.insert(response.end(), status.begin(), status.end());
    return response;
  }

  session::ClientLink link_;
  asio::steady_timer late_;
};

void run(const std::string& text) {
  const auto endpoint = chardev::parse_endpoint(text);
  if (!endpoint) throw std::runtime_error(endpoint.error().text);
  static constexpr std::array kTransports{&chardev::kTcp,
                                          &chardev::kUnix,
                                          &chardev::kVsock,
                                          &chardev::kStdio,
                                          &chardev::spice::smartcard::kSpice,
                                          &chardev::spice::smartcard::kSpiceTls,
                                          &chardev::spice::smartcard::kSpiceUnix};
  const auto transport = chardev::find_transport(kTransports, endpoint->address);
  if (!transport) throw std::runtime_error(transport.error().text);
  asio::io_context io;
  EchoCard card(io.get_executor(), *endpoint, **transport);
  async::spawn(io.get_executor(), card.run());
  io.run();
}

}  // namespace
}  // namespace vscard::test

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: echo-card ENDPOINT");
    vscard::test::run(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "echo-card: %s\n", error.what());
    return 1;
  }
  return 0;
}
