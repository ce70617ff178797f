#include "chardev/vnc/tunnel.hpp"

#include "async/error.hpp"
#include "chardev/vnc/errc.hpp"
#include "chardev/vnc/vnc.hpp"
#include "tests/chardev/fixture.hpp"
#include "tests/chardev/run_to_end.hpp"
#include "tests/fakes/tls_server.hpp"
#include "tests/fakes/vnc_server.hpp"
#include "tests/peer/temp_folder.hpp"

#include <functional>
#include <optional>

namespace vscard::chardev::vnc {
namespace {

using namespace std::chrono_literals;

const std::string kVersion38 = "524642203030332e3030380a";
const std::string kServerInit = "028001e02018000100ff00ff00ff1008000000000000000451454d55";
const std::string kAnnouncement = "0200000176736364";
const std::string kOffer = "b201000000000006767363617264";

/// A VNC server, our listener in front of it, and clients of both.
class VncTunnel : public Sockets {
 protected:
  void SetUp() override { start(fakes::VncServer::open()); }
  ~VncTunnel() override {
    listener_.reset();
    server_.reset();
    io_.restart();
    io_.poll();
  }

  void start(fakes::VncServer::Script script, std::optional<tls::Keys> keys = {}) {
    const std::string file = "unix:" + path("server");
    server_.emplace(io_.get_executor(), listen(file).value(), std::move(script));
    listener_ = tunnel_listener(io_.get_executor(), listen("tcp://127.0.0.1:0").value(),
                                parse_address(file).value(), std::move(keys));
  }
  /// With TLS to its clients, whose certificate is for 127.0.0.1.
  void start_with_tls(fakes::VncServer::Script script) {
    const fakes::TlsIdentity identity("CN=vmhost", "IP:127.0.0.1");
    vscard::test::write_text(path("cert.pem"), identity.pem() + identity.key_pem());
    tls::Keys keys;
    keys.cert = keys.key = path("cert.pem");
    server_.reset();
    start(std::move(script), keys);
  }
  template <class T>
  T run(Awaitable<T> work) {
    return vscard::test::run_to_end(io_, std::move(work));
  }
  std::string port() const {
    const std::string address = listener_->address();
    return address.substr(address.rfind(':') + 1);
  }
  /// A client that is not ours.
  std::unique_ptr<Stream> raw() {
    const Address address = parse_address("tcp://127.0.0.1:" + port()).value();
    return std::move(run(connect_once(kTcp, io_.get_executor(), address)).value());
  }
  void say(Stream& client, const std::string& hex) {
    EXPECT_FALSE(run(client.write(fakes::from_hex(hex))));
  }
  std::string hear(Stream& client, std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    const auto error = run(read_exactly(client, bytes));
    return error ? error.message() : fakes::to_hex(bytes);
  }
  void log_in(Stream& client) {
    EXPECT_EQ(hear(client, 12), kVersion38);
    say(client, kVersion38);
    EXPECT_EQ(hear(client, 2), "0101");
    say(client, "01");
    EXPECT_EQ(hear(client, 4), "00000000");
    say(client, "01");
    EXPECT_EQ(hear(client, kServerInit.size() / 2), kServerInit);
  }
  /// Whom the listener gives, or why not; "" while there is nobody.
  std::string accepted() {
    std::string text;
    async::spawn(io_.get_executor(), listener_->accept(), [this, &text](auto result) {
      text = result ? "accepted" : result.error().text;
      if (result) given_ = std::move(*result);
    });
    io_.restart();
    while (text.empty()) io_.run_one();
    return text;
  }
  /// Why a client that speaks TLS to the tunnel is not accepted, with this server.
  std::string refused_in_tls(fakes::VncServer::Script script) {
    start_with_tls(std::move(script));
    const Address address =
        parse_address("vnc://127.0.0.1:" + port() + ",ca=" + path("cert.pem")).value();
    async::spawn(io_.get_executor(), connect_once(kVnc, io_.get_executor(), address),
                 [](const Connected&) {});
    return accepted();
  }
  void run_until(const std::function<bool()>& done) {
    io_.restart();
    while (!done()) io_.run_one();
  }
  Connected connect_client(const std::string& port, const std::string& keys = "") {
    const Address address = parse_address("vnc://127.0.0.1:" + port + keys).value();
    return run(connect_once(kVnc, io_.get_executor(), address));
  }

  std::optional<fakes::VncServer> server_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Stream> given_;
};

TEST_F(VncTunnel, AViewersBytesPassUnchanged) {
  const auto viewer = raw();
  log_in(*viewer);
  server_->answer("0000000100000000028001e000000010");
  const std::string list = "02000006ffffff21000000100000000500000002000000010000000300000000";
  say(*viewer, list);
  EXPECT_EQ(hear(*viewer, 16).substr(0, 2), "00");
  run_until([&] { return server_->heard().size() == list.size(); });
  EXPECT_EQ(server_->heard(), list);
  viewer->close();
  run_until([this] { return server_->gone() == 1; });
}

TEST_F(VncTunnel, GivesTheChannelOfOurClient) {
  auto client = connect_client(port());
  ASSERT_TRUE(client) << client.error().text;
  EXPECT_EQ(accepted(), "accepted");
  EXPECT_TRUE(given_->remote().starts_with("vnc://127.0.0.1:")) << given_->remote();
  say(**client, "0102");
  EXPECT_EQ(hear(*given_, 2), "0102");
  say(*given_, "03");
  EXPECT_EQ(hear(**client, 1), "03");
  run_until([this] { return server_->gone() == 1; });
  given_.reset();
  EXPECT_EQ(hear(**client, 1), async::end_of_stream().message());
}

TEST_F(VncTunnel, AClientThatLiesHasEnded) {
  const auto client = raw();
  log_in(*client);
  say(*client, kAnnouncement);
  EXPECT_EQ(hear(*client, 14), kOffer);
  EXPECT_EQ(accepted(), "accepted");
  say(*client, "0300000000000280");
  EXPECT_EQ(hear(*given_, 1), "it sent something that does not belong on a card's channel of VNC");
}

TEST_F(VncTunnel, NothingOfTheServersComesBetween) {
  auto script = fakes::VncServer::open();
  script.back().first += "02";  // rings the bell, unasked
  server_.reset();
  start(script);
  const auto viewer = raw();
  log_in(*viewer);
  say(*viewer, "0300000000000280");
  EXPECT_EQ(hear(*viewer, 1), "02");
  const auto client = raw();
  log_in(*client);
  say(*client, kAnnouncement);
  EXPECT_EQ(hear(*client, 14), kOffer);
}

TEST_F(VncTunnel, WhoIsNotLetInDoesNotGetThere) {
  auto script = fakes::VncServer::open();
  script[2].first = "00000001";
  script.resize(3);
  server_.reset();
  start(script);
  const auto client = raw();
  EXPECT_EQ(hear(*client, 12), kVersion38);
  say(*client, kVersion38);
  EXPECT_EQ(hear(*client, 2), "0101");
  say(*client, "01");
  EXPECT_EQ(hear(*client, 4), "00000001");
  say(*client, "01" + kAnnouncement);
  run_until(
      [this] { return server_->heard() == kAnnouncement; });  // which is the server's to refuse
}

TEST_F(VncTunnel, GivesTheChannelOfOurClientInTls) {
  start_with_tls(fakes::VncServer::open());
  const auto plain = connect_client(port());
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().text, make_error_code(Errc::UnknownLogin).message());
  EXPECT_EQ(accepted(), "it does not know VeNCrypt with a certificate");
  auto client = connect_client(port(), ",ca=" + path("cert.pem"));
  ASSERT_TRUE(client) << client.error().text;
  EXPECT_EQ(accepted(), "accepted");
  say(**client, "0102");
  EXPECT_EQ(hear(*given_, 2), "0102");
  say(*given_, "03");
  EXPECT_EQ(hear(**client, 1), "03");
}

TEST_F(VncTunnel, AClientWithTlsWantsNoOtherServer) {
  const auto plain = connect_client(port(), ",name=vmhost");
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().text, make_error_code(Errc::NoTls).message());
  start_with_tls(fakes::VncServer::open());
  const auto other = connect_client(port(), ",name=other,ca=" + path("cert.pem"));
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().text.find("other"), std::string::npos) << other.error().text;
}

TEST_F(VncTunnel, OffersTheLoginsOfItsServerInTls) {
  auto script = fakes::VncServer::open();
  script[1].first = "03021301";  // VNC password, VeNCrypt, None
  start_with_tls(std::move(script));
  const auto client = raw();
  EXPECT_EQ(hear(*client, 12), kVersion38);
  say(*client, kVersion38);
  EXPECT_EQ(hear(*client, 2), "0113");
  say(*client, "13");
  EXPECT_EQ(hear(*client, 2), "0002");
  say(*client, "0002");
  EXPECT_EQ(hear(*client, 10),
            "00"
            "02"
            "00000104"
            "00000105");
  say(*client, "00000101");  // TLSNone
  EXPECT_EQ(hear(*client, 1), async::end_of_stream().message());
}

TEST_F(VncTunnel, HasNoTlsForAServerWithALoginOfItsOwn) {
  const std::string unknown = "the VNC server behind it has neither a VNC password nor no login";
  auto script = fakes::VncServer::open();
  script[1].first = "0110";  // Tight's
  EXPECT_EQ(refused_in_tls(script), unknown + " at all");
  const std::string plain = "00000106";  // X509Plain
  EXPECT_EQ(refused_in_tls(fakes::VncServer::only_vencrypt(plain)), unknown + " at all");
}

TEST_F(VncTunnel, GoesThroughTlsToAServerThatHasNoLoginWithout) {
  const fakes::TlsIdentity identity("CN=other", "DNS:other");
  // TLSNone, X509None: the tunnel takes the one with a certificate, whoever's it is.
  start_with_tls(fakes::VncServer::only_vencrypt("0000010100000104"));
  server_->speak_tls(identity, {{"00000000", 1}, {kServerInit, 0}});
  auto client = connect_client(port(), ",ca=" + path("cert.pem"));
  ASSERT_TRUE(client) << client.error().text << ": " << accepted();
  EXPECT_EQ(accepted(), "accepted");
  EXPECT_EQ(server_->heard(), "01") << "ClientInit, inside TLS";
}

TEST_F(VncTunnel, SaysWhatAServerWithVeNCryptDoesWrong) {
  const std::string server = "the VNC server behind it";
  const auto whole = fakes::VncServer::only_vencrypt("00000104");
  const auto with = [&whole](std::size_t step, const std::string& says) {
    auto script = whole;
    script.resize(step + 1);
    script[step].first = says;
    return script;
  };
  EXPECT_EQ(refused_in_tls(with(2, "0001")), server + " has VeNCrypt of another version than 0.2");
  EXPECT_EQ(refused_in_tls(with(3, "0101")), server + " has VeNCrypt of another version than 0.2");
  EXPECT_EQ(refused_in_tls(with(4, "00")), server + " refuses a login that it has offered");
  EXPECT_EQ(refused_in_tls(with(4, "01ffffffffff")), server + ": this port does not speak TLS");
}

TEST_F(VncTunnel, SaysThatTheServerIsNotThere) {
  server_.reset();
  const auto client = raw();
  EXPECT_EQ(accepted(),
            "the VNC server behind it, unix:" + path("server") + ": No such file or directory");
}

TEST_F(VncTunnel, ViewersAreBounded) {
  std::vector<std::unique_ptr<Stream>> viewers;
  for (int i = 0; i < 65; ++i) {
    viewers.push_back(raw());
    log_in(*viewers.back());
    say(*viewers.back(), "03");
  }
  EXPECT_EQ(accepted(), "too many VNC viewers are connected");
  EXPECT_EQ(hear(*viewers.back(), 1), async::end_of_stream().message());
  viewers.front()->close();
  run_until([this] { return server_->gone() == 2; });
  const auto next = raw();
  log_in(*next);
  say(*next, "03");
  run_until([this] { return server_->heard() == "03"; });
}

TEST_F(VncTunnel, EndsAllWhenItIsClosed) {
  const auto viewer = raw();
  log_in(*viewer);
  say(*viewer, "0300000000000280");
  run_until([this] { return !server_->heard().empty(); });
  listener_->close();
  EXPECT_EQ(hear(*viewer, 1), async::end_of_stream().message());
}

}  // namespace
}  // namespace vscard::chardev::vnc
