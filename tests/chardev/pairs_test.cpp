// Every transport with the one at its other end: what a stream promises, whatever carries it.
// vsock is tried in a guest (tests/interop/chardevs.sh): few machines can connect to themselves.

#include "async/error.hpp"
#include "async/first_of.hpp"
#include "async/spawn.hpp"
#include "chardev/nats/nats.hpp"
#include "chardev/program_transports.hpp"
#include "tests/chardev/fixture.hpp"
#include "tests/chardev/run_to_end.hpp"
#include "tests/fakes/vnc_server.hpp"
#include "tests/peer/nats_server.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <sys/stat.h>
#include <vector>

namespace vscard::chardev {
namespace {

using namespace std::chrono_literals;
using protocol::Bytes;

constexpr std::size_t kMegabyte = 1 << 20;
constexpr std::size_t kMuch = 16 * kMegabyte;  ///< more than any system keeps for a peer
constexpr auto kStuck = 150ms;                 ///< a write that has not ended by then waits

/// Addresses in which FOLDER is that of the test, KEYS its key, NATS a server of NATS, FREE a port
/// that was free, and PORT the one that the listener was given. FOLDER/vnc is a VNC server.
struct Pair {
  const char* name;
  std::string listens;
  std::string connects;
  /// Who can say that it has said all, and still hear the other. A command has one socket, whose
  /// end is seen when it ends.
  enum class Hears { Both, Connecting, Nobody } hears = Hears::Both;
};
using enum Pair::Hears;

std::ostream& operator<<(std::ostream& out, const Pair& pair) { return out << pair.name; }

std::string replaced(std::string text, std::string_view word, const std::string& with) {
  if (const std::size_t at = text.find(word); at != std::string::npos) {
    text.replace(at, word.size(), with);
  }
  return text;
}

Bytes noise(std::size_t size) {
  static const std::vector<std::uint8_t> all = [] {
    std::vector<std::uint8_t> bytes(kMuch);
    std::uint32_t state = 1;
    for (std::uint8_t& byte : bytes) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<std::uint8_t>(state >> 24);
    }
    return bytes;
  }();
  return Bytes(all).first(size);
}

class Pairs : public Sockets, public testing::WithParamInterface<Pair> {
 protected:
  void SetUp() override {
    if (nats::kNats.absent && std::string_view(GetParam().name) == "nats") GTEST_SKIP();
    std::ofstream(path("keys")) << "vm:" << std::string(64, 'a') << '\n';
    ASSERT_EQ(::chmod(path("keys").c_str(), 0600), 0);
    if (GetParam().listens.contains("NATS")) nats_.emplace();
    vnc_.emplace(io_.get_executor(), open("unix:FOLDER/vnc").value(), fakes::VncServer::open());
    auto listener = open(GetParam().listens);
    ASSERT_TRUE(listener) << listener.error().text;
    listener_ = std::move(*listener);
    meet();
  }

  /// To its end; what else is under way goes on the next time.
  template <class T>
  T run(Awaitable<T> work) {
    return vscard::test::run_to_end(io_, std::move(work));
  }

  std::string filled(const std::string& address) {
    const std::string servers = nats_ ? nats_->host() : "";
    std::string text = replaced(replaced(address, "NATS", servers), "KEYS", "psk=" + path("keys"));
    if (text.contains("FREE")) text = replaced(text, "FREE", free_port());
    return replaced(text, "FOLDER", folder_.path());
  }
  std::string free_port() {
    const std::string address = open("tcp://127.0.0.1:0").value()->address();
    return address.substr(address.rfind(':') + 1);
  }
  Result<std::unique_ptr<Listener>> open(const std::string& text) {
    const Address address = parse_address(filled(text)).value();
    return find_transport(program_transports(), address)
        .value()
        ->listen(io_.get_executor(), address);
  }
  std::string port() const {
    const std::string address = listener_->address();
    const std::string digits = address.substr(address.rfind(':') + 1);
    return digits.substr(0, digits.find('/'));
  }
  /// Over NATS a listener begins with accept(), so that it may take some tries.
  void meet() {
    async::spawn(io_.get_executor(), listener_->accept(), [this](auto accepted) {
      ASSERT_TRUE(accepted) << accepted.error().text;
      listening_ = std::move(*accepted);
    });
    const Address address =
        parse_address(replaced(filled(GetParam().connects), "PORT", port())).value();
    const auto* transport = find_transport(program_transports(), address).value();
    auto connected = run(connect_once(*transport, io_.get_executor(), address));
    while (nats_ && !connected) {
      connected = run(connect_once(*transport, io_.get_executor(), address));
    }
    ASSERT_TRUE(connected) << connected.error().text;
    connecting_ = std::move(*connected);
    while (!listening_ && !HasFailure()) io_.run_one();
  }

  static Awaitable<void> write(Stream& stream, Bytes bytes, std::size_t piece) {
    while (!bytes.empty()) {
      const Bytes first = bytes.first(std::min(piece, bytes.size()));
      const auto error = co_await stream.write(first);
      EXPECT_FALSE(error) << error.message();
      bytes = bytes.subspan(error ? bytes.size() : first.size());
    }
  }
  static Awaitable<void> expect(Stream& stream, Bytes bytes) {
    std::vector<std::uint8_t> buffer(16384);
    while (!bytes.empty()) {
      const auto size = co_await stream.read(buffer);
      EXPECT_TRUE(size && *size <= bytes.size()) << (size ? "too many" : size.error().message());
      if (!size || *size > bytes.size()) co_return;
      EXPECT_TRUE(std::ranges::equal(Bytes(buffer).first(*size), bytes.first(*size)));
      bytes = bytes.subspan(*size);
    }
  }
  /// `there` one way and `back` the other, at once.
  void exchange(Bytes there, Bytes back, std::size_t piece) {
    run(async::all_of(write(*listening_, there, piece), expect(*connecting_, there),
                      write(*connecting_, back, piece), expect(*listening_, back)));
  }
  void run_until(const bool& done) {
    while (!done) io_.run_one();
  }
  /// `writer` has more to say than the system keeps, and `reader` does not read at first.
  void hold_up(Stream& writer, Stream& reader) {
    const auto bytes = noise(kMuch);
    bool written = false;
    async::spawn(io_.get_executor(), write(writer, bytes, kMuch), [&written] { written = true; });
    io_.run_for(kStuck);
    EXPECT_FALSE(written);
    run(expect(reader, bytes));
    run_until(written);
  }
  /// `leaver` goes while `writer` has more to say than anybody keeps.
  void leave(Stream& leaver, Stream& writer) {
    const auto bytes = noise(kMuch);
    bool ended = false;
    std::error_code end;
    async::spawn(io_.get_executor(), writer.write(bytes), [&](auto error) {
      end = error;
      ended = true;
    });
    io_.run_for(kStuck);
    leaver.close();
    std::array<std::uint8_t, 64> buffer{};
    const auto read = run(writer.read(buffer));
    EXPECT_FALSE(read);
    writer.close();  // a terminal takes bytes for the next one who opens it
    run_until(ended);
    EXPECT_TRUE(end);
  }

  std::error_code end_of(Stream& stream) {
    std::array<std::uint8_t, 64> buffer{};
    const auto size = run(stream.read(buffer));
    return size ? std::error_code() : size.error();
  }
  /// `ender` has said all, and `other` answers at length.
  void hear_out(Stream& ender, Stream& other) {
    run(write(ender, noise(4), 4));
    EXPECT_TRUE(ender.finish());
    run(expect(other, noise(4)));
    EXPECT_EQ(end_of(other), async::end_of_stream());
    run(async::all_of(write(other, noise(kMegabyte), kMegabyte), expect(ender, noise(kMegabyte))));
    EXPECT_TRUE(other.finish());
    EXPECT_EQ(end_of(ender), async::end_of_stream());
  }

  std::optional<test::NatsServer> nats_;
  std::optional<fakes::VncServer> vnc_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Stream> listening_;
  std::unique_ptr<Stream> connecting_;
};

TEST_P(Pairs, CarryEachByteAlone) {
  const auto bytes = noise(256);
  exchange(bytes, bytes, 1);
}

TEST_P(Pairs, CarryMegabytesBothWaysAtOnce) {
  exchange(noise(kMuch), noise(kMuch).subspan(1), kMegabyte);
}

TEST_P(Pairs, WaitForAPeerThatDoesNotRead) {
  hold_up(*listening_, *connecting_);
  hold_up(*connecting_, *listening_);
}

TEST_P(Pairs, SeeTheConnectingPeerLeave) { leave(*connecting_, *listening_); }

TEST_P(Pairs, SeeTheListeningPeerLeave) { leave(*listening_, *connecting_); }

TEST_P(Pairs, HearOutTheConnectingPeerThatHasSaidAll) {
  if (GetParam().hears == Nobody) GTEST_SKIP() << "it cannot say so";
  hear_out(*connecting_, *listening_);
}

TEST_P(Pairs, HearOutTheListeningPeerThatHasSaidAll) {
  if (GetParam().hears == Both) {
    hear_out(*listening_, *connecting_);
  } else if (GetParam().hears == Nobody) {
    EXPECT_FALSE(listening_->finish());
    exchange(noise(4), noise(4), 4);
  } else {
    GTEST_SKIP() << "the other's end would not be seen";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Transports, Pairs,
    testing::Values(
        Pair{"tcp", "tcp://127.0.0.1:0", "tcp://127.0.0.1:PORT"},
        Pair{"unix", "unix:FOLDER/a", "unix:FOLDER/a"},
        Pair{"abstract", "unix:@FOLDER", "unix:@FOLDER"},
        Pair{"tls", "tls://127.0.0.1:0,KEYS", "tls://127.0.0.1:PORT,KEYS"},
        Pair{"ws", "ws://127.0.0.1:0/a", "ws://127.0.0.1:PORT/a", Nobody},
        Pair{"wss", "wss://127.0.0.1:0/,KEYS", "wss://127.0.0.1:PORT/,KEYS", Nobody},
        Pair{"nats", "nats://NATS/card", "nats://NATS/card", Nobody},
        Pair{"vnc", "vnc://127.0.0.1:FREE,server=unix:FOLDER/vnc", "vnc://127.0.0.1:PORT"},
        Pair{"terminal", "pty:FOLDER/a", "serial:FOLDER/a", Nobody},
        Pair{"socat_tcp", "tcp://127.0.0.1:0", "exec:exec socat -t 9 - TCP:127.0.0.1:PORT",
             Connecting},
        Pair{"socat_unix", "unix:FOLDER/a", "exec:exec socat -t 9 - UNIX-CONNECT:FOLDER/a",
             Connecting},
        Pair{"socat_terminal", "pty:FOLDER/a", "exec:exec socat - OPEN:FOLDER/a,,rawer", Nobody}),
    [](const auto& pair) { return pair.param.name; });

}  // namespace
}  // namespace vscard::chardev
