#pragma once

#include "async/spawn.hpp"
#include "chardev/spice/smartcard/client.hpp"
#include "chardev/spice/smartcard/service.hpp"
#include "chardev/spicevmc/log.hpp"
#include "chardev/spicevmc/spicevmc.hpp"
#include "protocol/failure.hpp"
#include "protocol/iso7816/apdu.hpp"
#include "session/client_link.hpp"
#include "session/host_link.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/recording_host.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// A SPICE client of ours that brings its card to a SPICE server of ours. Every test has a process
/// of its own, as the server needs.
namespace vscard::chardev::spicevmc::test {

inline constexpr protocol::vsc::ReaderId kReader{0};
inline constexpr std::chrono::seconds kPatience{30};  ///< many times what a busy machine needs

inline const std::string kInit = "00000001000000000000000c565343440000000200000000";
inline const std::string kReaderAdd = "00000003ffffffff00000000";
inline const std::string kAtr = "0000000500000000000000023b00";
inline const std::string kCardRemove = "000000060000000000000000";
inline constexpr std::size_t kAnswerSize = 16;  ///< bytes of an Error

/// A stock client's way: of the port it knows nothing.
inline spice::Services card_channel(const Address& /*address*/) {
  return {spice::smartcard::card_service()};
}
inline const Transport kStock = spice::transport<card_channel>("spice");

/// A client on a SPICE link, with a card that answers with the command and 9000, at once.
class Client final : private session::CardSide {
 public:
  Client(const asio::any_io_executor& executor, const session::VscLinkOptions& options,
         Notify notify)
      : link(executor, options, *this, std::move(notify)) {
    link.add_reader(kReader, "echo", protocol::vsc::AheadPolicy::Nothing);
    link.insert_card(kReader, protocol::iso7816::Atr::parse(fakes::from_hex("3b00")).value());
  }

  session::ClientLink link;
  std::string failure;  ///< … of run()
  bool mute = false;

 private:
  void perform(protocol::vsc::VscClient::Action action) override {
    const auto* transmission = std::get_if<protocol::vsc::VscClient::Transmit>(&action);
    if (transmission == nullptr || mute) return;
    std::vector<std::uint8_t> response(transmission->command.view().begin(),
                                       transmission->command.view().end());
    response.insert(response.end(), {0x90, 0x00});
    link.respond(kReader, protocol::SecretBytes::copy_of(response));
  }
};

class Spicevmc : public testing::Test {
 protected:
  Spicevmc() {
    std::signal(SIGPIPE, SIG_IGN);  // as programs do: OpenSSL writes to whom has gone
    set_log([this](std::string_view text) { warnings_.emplace_back(text); });
  }
  ~Spicevmc() override {
    if (host_) host_->leave();
    for (auto& client : clients_) client->link.leave();
    until([this] { return running_ == 0; });
  }

  void serve(const std::string& address) {
    const Endpoint endpoint = parse_endpoint("listen:" + address).value();
    const Transport& transport = endpoint.address.scheme == "spicevmc" ? kSpicevmc : kSpicevmcUnix;
    host_.emplace(io_.get_executor(), options({.endpoint = endpoint}, transport), seen_, notify());
    const auto opened = host_->open();
    ASSERT_TRUE(opened) << opened.error().text;
    spawn(host_->run(), [](const std::string& error) { FAIL() << error; });
  }

  /// Where the server listens, for a client; the keys are its own.
  std::string spice_address(const std::string& scheme = "spice", const std::string& keys = "") {
    const std::string at = host_->address();
    return scheme + at.substr(at.find(':')) + keys;
  }

  using Reconnect = session::LinkOptions::Reconnect;
  Client& bring_card(const std::string& address, Reconnect reconnect = Reconnect::Yes) {
    static constexpr std::array kClients{&spice::smartcard::kSpice, &spice::smartcard::kSpiceTls,
                                         &spice::smartcard::kSpiceUnix};
    return bring_card(address, *find_transport(kClients, parse_address(address).value()).value(),
                      reconnect);
  }
  Client& bring_card(const std::string& address, const Transport& transport,
                     Reconnect reconnect = Reconnect::Yes) {
    const Endpoint endpoint = parse_endpoint("connect:" + address).value();
    const session::LinkOptions link{.endpoint = endpoint, .reconnect = reconnect};
    clients_.push_back(
        std::make_unique<Client>(io_.get_executor(), options(link, transport), notify()));
    Client& client = *clients_.back();
    EXPECT_TRUE(client.link.open());
    spawn(client.link.run(), [&client](const std::string& error) { client.failure = error; });
    return client;
  }

  static session::VscLinkOptions options(const session::LinkOptions& link,
                                         const Transport& transport) {
    return {.link = link, .transport = &transport, .peer = protocol::vsc::kAmpleLimits};
  }
  Notify notify() {
    return [this](const Notice& notice) { notices_.push_back(notice.text); };
  }

  void spawn(Awaitable<Result<>> running, std::function<void(const std::string&)> failed) {
    ++running_;
    async::spawn(io_.get_executor(), std::move(running),
                 [this, failed = std::move(failed)](const Result<>& end) {
                   --running_;
                   if (!end) failed(end.error().text);
                 });
  }

  void until(const std::function<bool()>& reached) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    io_.restart();
    while (!reached() && std::chrono::steady_clock::now() < deadline) {
      io_.run_one_until(deadline);
    }
    ASSERT_TRUE(reached()) << "seen: " << testing::PrintToString(seen_.words)
                           << " notices: " << testing::PrintToString(notices_);
  }
  void until_seen(std::size_t count) {
    until([this, count] { return seen_.words.size() >= count; });
  }
  /// The last word that the host has seen when there is one more.
  std::string next() {
    until_seen(seen_.words.size() + 1);
    return seen_.words.back();
  }
  std::string transmit(std::size_t size) {
    host_->transmit(kReader, protocol::SecretBytes::zeros(size));
    if (seen_.words.back() == "6700") return seen_.words.back();  // at once
    return next();
  }
  void forget() { seen_.words.clear(); }

  /// Inserts and removes a card so often, then leaves.
  Awaitable<void> swap_cards(int count) {
    const Address address = parse_address(spice_address()).value();
    auto stream = co_await connect_once(kStock, io_.get_executor(), address);
    if (!stream) throw std::runtime_error(stream.error().text);
    co_await exchange(**stream, kInit + kReaderAdd, kInit.size() / 2 + kAnswerSize);
    for (int i = 0; i < count; ++i) {
      co_await exchange(**stream, kAtr + kCardRemove, 2 * kAnswerSize);
    }
  }
  /// Sends and awaits so many bytes.
  static Awaitable<void> exchange(Stream& stream, std::string hex, std::size_t answer) {
    const auto bytes = fakes::from_hex(hex);
    if (const auto error = co_await stream.write(bytes)) throw std::system_error(error);
    std::vector<std::uint8_t> buffer(answer);
    for (std::size_t size = 0; size < answer;) {
      const auto read = co_await stream.read(std::span(buffer).subspan(size));
      if (!read) throw std::system_error(read.error());
      size += *read;
    }
  }

  std::string path(const std::string& name) const { return folder_.path() / name; }
  /// NAME.pem for 127.0.0.1, signed by itself, and NAME.key.
  void make_certificate(const std::string& name) const {
    vscard::test::Child openssl({"/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048",
                                 "-nodes", "-subj", "/CN=" + name, "-addext",
                                 "subjectAltName=IP:127.0.0.1", "-keyout", path(name + ".key"),
                                 "-out", path(name + ".pem")});
    ASSERT_EQ(openssl.wait(), 0) << openssl.log();
  }

  asio::io_context io_{1};
  vscard::test::TempFolder folder_;
  std::vector<std::string> notices_;
  std::vector<std::string> warnings_;  ///< the library's
  fakes::RecordingHost seen_;
  std::optional<session::HostLink> host_;
  std::vector<std::unique_ptr<Client>> clients_;
  int running_ = 0;
};

}  // namespace vscard::chardev::spicevmc::test
