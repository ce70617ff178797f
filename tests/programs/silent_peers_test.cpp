// A peer that connects and never says anything keeps nobody out, wherever it connects to.

#include "certs-test/soft_cards.hpp"
#include "inspect/server.hpp"
#include "program/control_server.hpp"
#include "protocol/vsc/peer_limits.hpp"
#include "tests/fakes/ccid_text.hpp"
#include "tests/fakes/ctl_user.hpp"
#include "tests/fakes/pcsc_user.hpp"
#include "tests/fakes/scripted_client.hpp"
#include "tests/fakes/socket_guest.hpp"
#include "tests/pcsc-bridge/ifd/handler_host.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>

namespace vscard::programs {
namespace {

using namespace std::chrono_literals;
using pcsc_bridge::ifd::test::connect_card;
using pcsc_bridge::ifd::test::kHostInit;
using protocol::vsc::kAnswerTimeout;
using std::chrono::milliseconds;
using test::RawSocket;
using testing::HasSubstr;
using testing::StartsWith;

constexpr milliseconds kTooEarly = 1s;
constexpr milliseconds kTooLate = 10s;  ///< on a busy machine
constexpr auto kInspectorPatience =
    std::chrono::ceil<milliseconds>(inspect::ServerLimits{}.patience);
/// A look at what shall not happen.
constexpr milliseconds kMoment = 300ms;
/// In place of a socket's name: the reader whose VSC has a port.
constexpr std::string_view kTls = "tls";
constexpr std::string_view kPairing = "pairing";
constexpr std::string_view kWebSocket = "ws";

/// A listener of the table in docs/internals/design.md, "Bounds".
struct Listener {
  const char* name;
  std::string socket;
  /// For the first message. None: it may stay.
  std::optional<milliseconds> deadline;
  enum class Silent { GivesWay, Stays } while_another_is_served;
  /// A peer that says what it should gets its answer, or the test fails. Empty: that is shown
  /// elsewhere, or a peer waits until the silent one is closed.
  std::function<void()> serve_real_peer = {};
};

/// The port at the end of the line's address.
std::uint16_t port_in(const std::string& line) {
  return static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
}

class SilentPeers : public testing::Test {
 protected:
  SilentPeers()
      : card_made_(make_card()),
        key_made_(make_key()),
        passthru_(passthru()),
        vscclient_(vscclient()),
        serve_(serve()) {
    passthru_.wait_for("listening on unix:" + path("spice.usbredir"));
    tls_port_ = port_in(passthru_.wait_for("tls: listening on tls://"));
    pairing_port_ = port_in(passthru_.wait_for("pairing: listening on tls://"));
    websocket_port_ = port_in(passthru_.wait_for("ws: listening on ws://"));
    passthru_.wait_for("control at");
    vscclient_.wait_for("listening on unix:" + path("vpcd"));
    vscclient_.wait_for("listening on unix:" + path("host"));
    serve_.wait_for("control at");
  }

  std::vector<Listener> listeners() {
    using enum Listener::Silent;
    const milliseconds control = std::chrono::ceil<milliseconds>(program::ControlLimits{}.patience);
    return {
        {"VSC of ccid-passthru", "vsc", kAnswerTimeout, GivesWay,
         [this] { const fakes::ScriptedClient client(path("vsc")); }},
        // A QEMU that waits for an incoming migration says its hello late.
        {"usbredir of ccid-passthru", "usbredir", std::nullopt, GivesWay, [this] { meet_guest(); }},
        {"SPICE of ccid-passthru", "spice", kAnswerTimeout, Stays, [this] { meet_spice_client(); }},
        {"control of ccid-passthru", "control", control, Stays, [this] { meet_ctl(); }},
        {"VSC over TLS of ccid-passthru", std::string(kTls), kAnswerTimeout, Stays,
         [this] { meet_tls_client(); }},
        {"VSC over a WebSocket of ccid-passthru", std::string(kWebSocket), kAnswerTimeout, Stays,
         [this] { meet_websocket_client(); }},
        {"VSC over TLS of ccid-passthru, which pairs", std::string(kPairing), kAnswerTimeout,
         Stays},
        {"USB/IP of ccid-passthru", "usbip", kAnswerTimeout, Stays,
         [this] { meet_usbip_client(); }},
        {"the inspector of ccid-passthru", "inspect", kInspectorPatience, Stays,
         [this] { meet_browser(); }},
        {"VSC of the handler in pcscd", "handler", kAnswerTimeout, GivesWay,
         [this] { connect_card(path("handler")); }},
        {"VSC of vscclient", "host", kAnswerTimeout, GivesWay, [this] { meet_host(); }},
        {"vpcd of vscclient", "vpcd", kAnswerTimeout, Stays},
        // A program may wait for a card.
        {"PC/SC of pcsc-bridge serve", "pcscd.comm", std::nullopt, Stays,
         [this] { meet_program(); }},
    };
  }

  std::string path(const std::string& name) const { return handler_.path(name); }
  RawSocket connect(const Listener& listener) const {
    if (listener.socket == kTls) return RawSocket::connect_tcp(tls_port_);
    if (listener.socket == kPairing) return RawSocket::connect_tcp(pairing_port_);
    if (listener.socket == kWebSocket) return RawSocket::connect_tcp(websocket_port_);
    return RawSocket::connect_unix(path(listener.socket));
  }

 private:
  bool make_card() const {
    certs_test::SoftCardOptions options;
    options.folder = path("made");
    options.subjects = {"Alice"};
    return certs_test::make_soft_cards(options).has_value();
  }
  bool make_key() const {
    test::write_text(path("keys.psk"), "laptop:" + std::string(64, 'a') + "\n");
    std::filesystem::permissions(path("keys.psk"), std::filesystem::perms::owner_read);
    return true;
  }
  std::vector<std::string> passthru() const {
    const auto at = [this](const std::string& socket) { return "listen:unix:" + path(socket); };
    return {CCID_PASSTHRU_PROGRAM,
            "--control",
            "unix:" + path("control"),
            "--inspect=unix:" + path("inspect"),
            "--usbip",
            at("usbip"),
            "--reader",
            "plain",
            "--vsc",
            at("vsc"),
            "--usbredir",
            at("usbredir"),
            "--reader",
            "spice",
            "--vsc",
            "listen:spicevmc+unix:" + path("spice"),
            "--usbredir",
            at("spice.usbredir"),
            "--reader",
            "tls",
            "--vsc",
            "listen:tls://127.0.0.1:0,psk=" + path("keys.psk"),
            "--usbredir",
            at("tls.usbredir"),
            "--reader",
            "pairing",
            "--vsc",
            "listen:tls://127.0.0.1:0,pair=" + path("pairings"),
            "--usbredir",
            at("pairing.usbredir"),
            "--reader",
            "ws",
            "--vsc",
            "listen:ws://127.0.0.1:0/card",
            "--usbredir",
            at("ws.usbredir")};
  }
  std::vector<std::string> vscclient() const {
    return {VSCCLIENT_PROGRAM,
            "--control",
            "none",
            "--vsc",
            "listen:unix:" + path("host"),
            "--card",
            "soft:db=" + path("made/cards/alice/nssdb"),
            "--vsc",
            "listen:unix:" + path("virtual"),
            "--card",
            "vpcd:listen:unix:" + path("vpcd")};
  }
  std::vector<std::string> serve() const {
    return {PCSC_BRIDGE_PROGRAM, "serve",
            "--control",         "unix:" + path("serve.control"),
            "--socket",          path("pcscd.comm"),
            "--reader",          "listen:unix:" + path("served") + ",name=served"};
  }

  void meet_guest() const {
    fakes::SocketGuest guest(path("usbredir"));
    EXPECT_THAT(guest.command(fakes::command(ccid_passthru::ccid::CommandType::GetSlotStatus, 1)),
                HasSubstr("SlotStatus 1"));
  }
  void meet_spice_client() {
    const test::Child client({ECHO_CARD_PROGRAM, "connect:spice+unix:" + path("spice")});
    passthru_.wait_for("spice: card inserted");
  }
  std::vector<std::string> client_of(const std::string& address) const {
    return {VSCCLIENT_PROGRAM,
            "--control",
            "none",
            "--vsc",
            "connect:" + address,
            "--card",
            "soft:db=" + path("made/cards/alice/nssdb")};
  }
  void meet_tls_client() {
    const test::Child client(
        client_of("tls://127.0.0.1:" + std::to_string(tls_port_) + ",psk=" + path("keys.psk")));
    passthru_.wait_for("(laptop) connected");
    passthru_.wait_for("tls: card inserted");
  }
  void meet_websocket_client() {
    const test::Child client(
        client_of("ws://127.0.0.1:" + std::to_string(websocket_port_) + "/card"));
    passthru_.wait_for("ws: card inserted");
  }
  void meet_usbip_client() const {
    const RawSocket client = RawSocket::connect_unix(path("usbip"));
    client.send_hex("0111800500000000");  // OP_REQ_DEVLIST
    EXPECT_EQ(client.read_hex(8), "0111000500000000");
  }
  void meet_browser() const {
    const RawSocket browser = RawSocket::connect_unix(path("inspect"));
    browser.send_hex(
        "474554202f20485454502f312e310d0a"    // GET / HTTP/1.1
        "486f73743a206c6f63616c686f73740d0a"  // Host: localhost
        "0d0a");
    EXPECT_EQ(browser.read_hex(12), "485454502f312e3120323030") << "HTTP/1.1 200";
  }
  void meet_program() const {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread of this process reads it now
    ::setenv("PCSCLITE_CSOCK_NAME", path("pcscd.comm").c_str(), 1);
    EXPECT_THAT(fakes::pcsc_user::Context().readers(), testing::ElementsAre(HasSubstr("served")));
  }
  void meet_ctl() const {
    const fakes::CtlUser ctl{CCID_PASSTHRU_PROGRAM, "unix:" + path("control")};
    EXPECT_THAT(ctl.run({"list"}), HasSubstr("plain"));
  }
  void meet_host() const {
    const RawSocket host = RawSocket::connect_unix(path("host"));
    EXPECT_THAT(host.read_hex(24), StartsWith("00000001")) << "Init";
    host.send_hex(kHostInit);
    EXPECT_EQ(host.read_hex(12), "000000040000000000000000") << "ReaderRemove";
  }

  const pcsc_bridge::ifd::test::Host handler_;
  const pcsc_bridge::ifd::test::Reader reader_{handler_.module(), 0, handler_.listen("handler")};
  bool card_made_;
  bool key_made_;
  test::Child passthru_;
  test::Child vscclient_;
  test::Child serve_;
  std::uint16_t tls_port_ = 0;
  std::uint16_t pairing_port_ = 0;
  std::uint16_t websocket_port_ = 0;
};

TEST_F(SilentPeers, KeepNobodyOut) {
  for (const Listener& listener : listeners()) {
    if (!listener.serve_real_peer) continue;
    SCOPED_TRACE(listener.name);
    const auto silent = connect(listener);
    EXPECT_NO_THROW(listener.serve_real_peer());
    if (listener.while_another_is_served == Listener::Silent::GivesWay) {
      EXPECT_TRUE(silent.ends_within(kTooLate));
    } else {
      EXPECT_FALSE(silent.ends_within(kMoment));
    }
  }
}

/// How long the listener keeps a peer that says nothing. Nothing: until the end of the test.
std::optional<milliseconds> time_with(const Listener& listener, const RawSocket& silent) {
  const auto began = std::chrono::steady_clock::now();
  const auto patience = listener.deadline ? *listener.deadline + kTooLate : kAnswerTimeout + 2s;
  if (!silent.ends_within(patience)) return std::nullopt;
  return std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - began);
}

TEST_F(SilentPeers, AreClosedInTime) {
  const auto all = listeners();
  std::vector<std::future<std::optional<milliseconds>>> times;
  for (const Listener& listener : all) {
    times.push_back(std::async(std::launch::async, [&listener, silent = connect(listener)] {
      return time_with(listener, silent);
    }));
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(all[i].name);
    const auto time = times[i].get();
    if (all[i].deadline) {
      EXPECT_GT(time, *all[i].deadline - kTooEarly);
    } else {
      EXPECT_EQ(time, std::nullopt);
    }
  }
}

}  // namespace
}  // namespace vscard::programs
