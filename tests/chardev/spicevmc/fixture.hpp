#pragma once

#include "chardev/spice/smartcard/client.hpp"
#include "chardev/spicevmc/log.hpp"
#include "chardev/spicevmc/spicevmc.hpp"
#include "protocol/failure.hpp"
#include "protocol/iso7816/apdu.hpp"
#include "session/client_session.hpp"
#include "session/host_session.hpp"
#include "session/link.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/temp_folder.hpp"
#include "tests/protocol/hex.hpp"

#include <boost/asio/co_spawn.hpp>
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

/// The command and 9000, at once.
class Echo final : public session::CardSide {
 public:
  explicit Echo(const asio::any_io_executor& executor)
      : session_(executor, *this, protocol::vsc::kAmpleLimits, protocol::vsc::kApduTimeout) {
    session_.add_reader(kReader, "echo");
    insert();
  }
  session::ClientSession& session() { return session_; }
  void insert() {
    session_.insert_card(kReader,
                         protocol::iso7816::Atr::parse(protocol::test::from_hex("3b00")).value());
  }
  void remove() { session_.remove_card(kReader); }
  void perform(protocol::vsc::VscClient::Action action) override {
    const auto* transmission = std::get_if<protocol::vsc::VscClient::Transmit>(&action);
    if (transmission == nullptr || mute) return;
    std::vector<std::uint8_t> response(transmission->command.view().begin(),
                                       transmission->command.view().end());
    response.insert(response.end(), {0x90, 0x00});
    session_.respond(kReader, protocol::SecretBytes::copy_of(response));
  }

  bool mute = false;

 private:
  session::ClientSession session_;
};

/// What the host has seen, a word each.
class RecordingHost final : public session::ReaderSide {
 public:
  void perform(protocol::vsc::VscHost::Action action) override {
    if (std::holds_alternative<protocol::vsc::VscHost::CardInserted>(action))
      words.emplace_back("card");
    if (std::holds_alternative<protocol::vsc::VscHost::CardRemoved>(action))
      words.emplace_back("no card");
    if (std::holds_alternative<protocol::vsc::VscHost::NoAnswer>(action))
      words.emplace_back("no answer");
    if (const auto* response = std::get_if<protocol::vsc::VscHost::Response>(&action)) {
      words.push_back(protocol::test::to_hex(response->bytes.view()));
    }
  }
  std::vector<std::string> words;
};

class Spicevmc : public testing::Test {
 protected:
  Spicevmc() {
    std::signal(SIGPIPE, SIG_IGN);  // as programs do: OpenSSL writes to whom has gone
    set_log([this](std::string_view text) { warnings_.emplace_back(text); });
  }
  ~Spicevmc() override {
    if (server_) server_->stop();
    host_.leave();
    for (auto& client : clients_) client->link.stop();
    for (auto& client : clients_) client->card.session().leave();
    until([this] { return running_ == 0; });
  }

  /// A card's owner on a SPICE link.
  struct Client {
    Client(asio::io_context& io, const Endpoint& endpoint, const Transport& transport,
           std::vector<std::string>& notices)
        : card(io.get_executor()),
          link(
              io.get_executor(), {.endpoint = endpoint}, transport,
              [this](Stream& stream) { return card.session().serve(stream); },
              [&notices](const session::Notice& notice) { notices.push_back(notice.text); }) {}
    Echo card;
    session::Link link;
    std::string failure;
  };

  void serve(const std::string& address) {
    const Endpoint endpoint = parse_endpoint("listen:" + address).value();
    const Transport& transport = endpoint.address.scheme == "spicevmc" ? kSpicevmc : kSpicevmcUnix;
    server_.emplace(
        io_.get_executor(), session::LinkOptions{.endpoint = endpoint}, transport,
        [this](Stream& stream) { return host_.serve(stream); },
        [this](const session::Notice& notice) { notices_.push_back(notice.text); });
    const auto opened = server_->open();
    ASSERT_TRUE(opened) << opened.error().text;
    spawn(*server_, [](const std::string& error) { FAIL() << error; });
  }

  /// Where the server listens, for a client; the keys are its own.
  std::string spice_address(const std::string& scheme = "spice", const std::string& keys = "") {
    const std::string at = server_->address();
    return scheme + at.substr(at.find(':')) + keys;
  }

  Client& bring_card(const std::string& address) {
    const Endpoint endpoint = parse_endpoint("connect:" + address).value();
    static constexpr std::array kClients{&spice::smartcard::kSpice, &spice::smartcard::kSpiceTls,
                                         &spice::smartcard::kSpiceUnix};
    const Transport& transport = *find_transport(kClients, endpoint.address).value();
    clients_.push_back(std::make_unique<Client>(io_, endpoint, transport, notices_));
    Client& client = *clients_.back();
    EXPECT_TRUE(client.link.open());
    spawn(client.link, [&client](const std::string& error) { client.failure = error; });
    return client;
  }

  void spawn(session::Link& link, std::function<void(const std::string&)> failed) {
    ++running_;
    asio::co_spawn(
        io_, link.run(),
        [this, failed = std::move(failed)](std::exception_ptr error, const Result<>& end) {
          --running_;
          if (error) std::rethrow_exception(error);
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
    host_.transmit(kReader, protocol::SecretBytes::zeros(size));
    if (seen_.words.back() == "6700") return seen_.words.back();  // at once
    return next();
  }
  void forget() { seen_.words.clear(); }

  /// Inserts and removes a card so often, then leaves.
  Awaitable<void> swap_cards(int count) {
    const Address address = parse_address(spice_address()).value();
    auto connecting = connect_once(spice::smartcard::kSpice, io_.get_executor(), address);
    auto stream = co_await std::move(connecting);
    if (!stream) throw std::runtime_error(stream.error().text);
    co_await exchange(**stream, kInit + kReaderAdd, kInit.size() / 2 + kAnswerSize);
    for (int i = 0; i < count; ++i) {
      co_await exchange(**stream, kAtr + kCardRemove, 2 * kAnswerSize);
    }
  }
  /// Sends and awaits so many bytes.
  static Awaitable<void> exchange(Stream& stream, std::string hex, std::size_t answer) {
    const auto bytes = protocol::test::from_hex(hex);
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
  RecordingHost seen_;
  session::HostSession host_{io_.get_executor(), seen_, protocol::vsc::kAmpleLimits,
                             protocol::vsc::kApduTimeout};
  std::optional<session::Link> server_;
  std::vector<std::unique_ptr<Client>> clients_;
  int running_ = 0;
};

}  // namespace vscard::chardev::spicevmc::test
