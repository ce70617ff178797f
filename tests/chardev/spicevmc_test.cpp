// A SPICE client of ours brings its card to a SPICE server of ours. Every test has a process of its
// own, as the server needs.

#include "chardev/spice/spicevmc.hpp"

#include "chardev/spice/client.hpp"
#include "chardev/spice/spicevmc_log.hpp"
#include "protocol/apdu.hpp"
#include "session/client_session.hpp"
#include "session/host_session.hpp"
#include "session/link.hpp"
#include "tests/peer/child.hpp"
#include "tests/peer/raw_socket.hpp"
#include "tests/peer/temp_folder.hpp"
#include "tests/protocol/hex.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vscard::chardev::spicevmc {
namespace {

using protocol::ReaderId;
using protocol::SecretBytes;
using protocol::VscClient;
using protocol::VscHost;
using protocol::test::from_hex;
using protocol::test::to_hex;
using session::Link;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr ReaderId kReader{0};
constexpr std::chrono::seconds kPatience{30};  ///< many times what a busy machine needs

const std::string kInit = "00000001000000000000000c565343440000000200000000";
const std::string kReaderAdd = "00000003ffffffff00000000";
const std::string kAtr = "0000000500000000000000023b00";
const std::string kCardRemove = "000000060000000000000000";
constexpr std::size_t kAnswerSize = 16;  ///< bytes of an Error

/// The command and 9000, at once.
class Echo final : public session::CardSide {
 public:
  explicit Echo(const asio::any_io_executor& executor)
      : session_(executor, *this, protocol::kAmplePeer, protocol::kApduTimeout) {
    session_.add_reader(kReader, "echo");
    insert();
  }
  session::ClientSession& session() { return session_; }
  void insert() { session_.insert_card(kReader, protocol::Atr::parse(from_hex("3b00")).value()); }
  void remove() { session_.remove_card(kReader); }
  void perform(VscClient::Action action) override {
    const auto* transmission = std::get_if<VscClient::Transmit>(&action);
    if (transmission == nullptr || mute) return;
    std::vector<std::uint8_t> response(transmission->command.view().begin(),
                                       transmission->command.view().end());
    response.insert(response.end(), {0x90, 0x00});
    session_.respond(kReader, SecretBytes::copy_of(response));
  }

  bool mute = false;

 private:
  session::ClientSession session_;
};

/// What the host has seen, a word each.
class Seen final : public session::ReaderSide {
 public:
  void perform(VscHost::Action action) override {
    if (std::holds_alternative<VscHost::CardInserted>(action)) words.emplace_back("card");
    if (std::holds_alternative<VscHost::CardRemoved>(action)) words.emplace_back("no card");
    if (std::holds_alternative<VscHost::NoAnswer>(action)) words.emplace_back("no answer");
    if (const auto* response = std::get_if<VscHost::Response>(&action)) {
      words.push_back(to_hex(response->bytes.view()));
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
    Link link;
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
    ASSERT_TRUE(opened) << opened.error();
    spawn(*server_, [](const std::string& error) { FAIL() << error; });
  }

  /// Where the server listens, for a client; the keys are its own.
  std::string spice_address(const std::string& scheme = "spice", const std::string& keys = "") {
    const std::string at = server_->address();
    return scheme + at.substr(at.find(':')) + keys;
  }

  Client& bring_card(const std::string& address) {
    const Endpoint endpoint = parse_endpoint("connect:" + address).value();
    static constexpr std::array kClients{&spice::kSpice, &spice::kSpiceTls, &spice::kSpiceUnix};
    const Transport& transport = *find_transport(kClients, endpoint.address).value();
    clients_.push_back(std::make_unique<Client>(io_, endpoint, transport, notices_));
    Client& client = *clients_.back();
    EXPECT_TRUE(client.link.open());
    spawn(client.link, [&client](const std::string& error) { client.failure = error; });
    return client;
  }

  void spawn(Link& link, std::function<void(const std::string&)> failed) {
    ++running_;
    asio::co_spawn(io_, link.run(),
                   [this, failed = std::move(failed)](std::exception_ptr error,
                                                      const std::expected<void, std::string>& end) {
                     --running_;
                     if (error) std::rethrow_exception(error);
                     if (!end) failed(end.error());
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
    host_.transmit(kReader, SecretBytes::zeros(size));
    if (seen_.words.back() == "6700") return seen_.words.back();  // at once
    return next();
  }
  void forget() { seen_.words.clear(); }

  /// Inserts and removes a card so often, then leaves.
  Awaitable<void> swap_cards(int count) {
    const Address address = parse_address(spice_address()).value();
    auto connecting = spice::kSpice.connect(io_.get_executor(), address);
    auto stream = co_await std::move(connecting);
    if (!stream) throw std::runtime_error(stream.error().text);
    co_await exchange(**stream, kInit + kReaderAdd, kInit.size() / 2 + kAnswerSize);
    for (int i = 0; i < count; ++i) {
      co_await exchange(**stream, kAtr + kCardRemove, 2 * kAnswerSize);
    }
  }
  /// Sends and awaits so many bytes.
  static Awaitable<void> exchange(Stream& stream, std::string hex, std::size_t answer) {
    const auto bytes = from_hex(hex);
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
    test::Child openssl({"/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                         "-subj", "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1",
                         "-keyout", path(name + ".key"), "-out", path(name + ".pem")});
    ASSERT_EQ(openssl.wait(), 0) << openssl.log();
  }

  asio::io_context io_{1};
  test::TempFolder folder_;
  std::vector<std::string> notices_;
  std::vector<std::string> warnings_;  ///< the library's
  Seen seen_;
  session::HostSession host_{io_.get_executor(), seen_, protocol::kAmplePeer,
                             protocol::kApduTimeout};
  std::optional<Link> server_;
  std::vector<std::unique_ptr<Client>> clients_;
  int running_ = 0;
};

TEST_F(Spicevmc, BringsACard) {
  serve("spicevmc://127.0.0.1:0");
  EXPECT_THAT(server_->address(), testing::StartsWith("spicevmc://127.0.0.1:"));
  bring_card(spice_address());
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
  EXPECT_THAT(server_->peer().value_or(""), testing::StartsWith("tcp://127.0.0.1:"));
}

/// The library's buffer ends at 270 bytes: up to 282 it stalls, above it overruns.
TEST_F(Spicevmc, AnswersCommandsOfEveryLength) {
  serve("spicevmc://127.0.0.1:0");
  bring_card(spice_address());
  EXPECT_EQ(next(), "card");
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t size : {271U, 282U, 283U, 284U, 4103U, 65544U}) {
      EXPECT_EQ(transmit(size), "6700") << size;
      forget();
      seen_.words.emplace_back();
      for (const std::size_t good : {4U, 5U, 261U, 270U}) {
        EXPECT_EQ(transmit(good), std::string(2 * good, '0') + "9000") << good << " after " << size;
      }
    }
  }
}

/// Without a ClientSession, which would leave the reader empty for half a second each time.
TEST_F(Spicevmc, SeesAThousandRemovalsAndInsertions) {
  serve("spicevmc://127.0.0.1:0");
  asio::co_spawn(io_, swap_cards(1000), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  until_seen(2000);
  EXPECT_EQ(std::ranges::count(seen_.words, "card"), 1000);
  EXPECT_EQ(std::ranges::count(seen_.words, "no card"), 1000);
}

TEST_F(Spicevmc, SeesTheClientGoInTheMiddleOfACommandAndComeAgain) {
  serve("spicevmc://127.0.0.1:0");
  Client& first = bring_card(spice_address());
  EXPECT_EQ(next(), "card");
  first.card.mute = true;
  host_.transmit(kReader, SecretBytes::zeros(5));
  forget();
  first.link.stop();
  first.card.session().leave();
  until_seen(2);
  EXPECT_THAT(seen_.words, ElementsAre("no answer", "no card"));
  bring_card(spice_address());
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
}

TEST_F(Spicevmc, ServesTheClientThatComesLast) {
  serve("spicevmc://127.0.0.1:0");
  Client& first = bring_card(spice_address());
  EXPECT_EQ(next(), "card");
  forget();
  bring_card(spice_address());
  until_seen(2);
  first.link.stop();  // or the two take it from each other for ever
  EXPECT_THAT(seen_.words, testing::IsSupersetOf({"no card", "card"}));
}

TEST_F(Spicevmc, ListensOnAUnixSocket) {
  serve("spicevmc+unix:" + path("spice"));
  bring_card(spice_address("spice+unix"));
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
  EXPECT_EQ(server_->peer(), "unix:" + path("spice"));
  EXPECT_EQ(server_->address(), "spicevmc+unix:" + path("spice"));
}

TEST_F(Spicevmc, WantsItsPassword) {
  test::write_text(path("password"), "open sesame\n");
  test::write_text(path("wrong"), "open barley\n");
  serve("spicevmc://127.0.0.1:0,password-file=" + path("password"));
  const Client& wrong = bring_card(spice_address("spice", ",password-file=" + path("wrong")));
  until([&wrong] { return !wrong.failure.empty(); });
  EXPECT_THAT(wrong.failure, HasSubstr("password"));
  EXPECT_THAT(warnings_, Contains(HasSubstr("nvalid password")));
  EXPECT_TRUE(seen_.words.empty());
  bring_card(spice_address("spice", ",password-file=" + path("password")));
  EXPECT_EQ(next(), "card");
}

TEST_F(Spicevmc, EncryptsWithItsCertificate) {
  make_certificate("tls");
  make_certificate("other");
  test::write_text(path("password"), "open sesame\n");
  serve("spicevmc://127.0.0.1:0,cert=" + path("tls.pem") + ",key=" + path("tls.key") +
        ",password-file=" + path("password"));
  const std::string password = ",password-file=" + path("password");
  const Client& wary =
      bring_card(spice_address("spice+tls", password + ",ca=" + path("other.pem")));
  until([&wary] { return !wary.failure.empty(); });
  EXPECT_THAT(wary.failure, HasSubstr("certificate"));
  EXPECT_TRUE(seen_.words.empty());
  bring_card(spice_address("spice+tls", password + ",ca=" + path("tls.pem")));
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
}

TEST_F(Spicevmc, SpeaksTlsAlone) {
  make_certificate("tls");
  serve("spicevmc://127.0.0.1:0,cert=" + path("tls.pem") + ",key=" + path("tls.key"));
  bring_card(spice_address());
  until([this] { return !notices_.empty() && notices_.back().starts_with("cannot connect"); });
  EXPECT_TRUE(seen_.words.empty());
}

TEST_F(Spicevmc, OutlastsPeersThatDoNotSpeakSpice) {
  serve("spicevmc+unix:" + path("spice"));
  std::vector<test::RawSocket> idle;
  for (const char* greeting : {"", "00", "474554202f20485454502f312e310d0a0d0a",
                               "5245445102000000020000000000ffff", "52454451"}) {
    for (int i = 0; i < 8; ++i) {
      idle.push_back(test::RawSocket::connect_unix(path("spice")));
      idle.back().send_hex(greeting);
      io_.restart();
      io_.poll();
    }
  }
  idle.clear();
  bring_card(spice_address("spice+unix"));
  EXPECT_EQ(next(), "card");
  EXPECT_EQ(transmit(5), "00000000009000");
}

TEST_F(Spicevmc, TurnsConnectionsAwayThatAreTooMany) {
  serve("spicevmc+unix:" + path("spice"));
  std::vector<test::RawSocket> idle;
  for (int i = 0; i < 33; ++i) {
    idle.push_back(test::RawSocket::connect_unix(path("spice")));
    io_.restart();
    io_.poll();
  }
  EXPECT_TRUE(idle.back().ended());
  idle.clear();
  bring_card(spice_address("spice+unix"));
  EXPECT_EQ(next(), "card");
}

TEST_F(Spicevmc, CutsTheClientWhenTheHostIsDone) {
  serve("spicevmc://127.0.0.1:0");
  Client& client = bring_card(spice_address());
  EXPECT_EQ(next(), "card");
  client.link.stop();
  host_.leave();
  until([this] { return running_ == 1; });
}

TEST_F(Spicevmc, IsOneInAProcess) {
  const auto listen = [this] {
    const auto listener =
        kSpicevmc.listen(io_.get_executor(), parse_address("spicevmc://127.0.0.1:0").value());
    return listener ? "" : listener.error();
  };
  EXPECT_EQ(listen(), "");
  EXPECT_EQ(listen(), kOneSpicevmc) << "also when the first one is gone";
}

TEST_F(Spicevmc, TellsWhyItCannotListen) {
  const auto error_of = [this](const std::string& address) {
    const auto listener = kSpicevmc.listen(io_.get_executor(), parse_address(address).value());
    return listener ? "" : listener.error();
  };
  const auto taken = test::RawListener::on_tcp();
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:" + std::to_string(taken.port())),
            "Address already in use");
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:0,password-file=/nowhere/p"),
            "cannot open /nowhere/p: No such file or directory");
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:0,cert=/nowhere/c,key=/nowhere/k"),
            "cannot read /nowhere/c: No such file or directory");
  test::write_text(path("p"), "no PEM");
  EXPECT_THAT(error_of("spicevmc://127.0.0.1:0,cert=" + path("p") + ",key=" + path("p")),
              HasSubstr("there is no PEM certificate in"));
  EXPECT_EQ(error_of("spicevmc://127.0.0.1:0"), "") << "what failed does not count";
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
