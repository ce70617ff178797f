// TLS over streams with faults, with the wrong server, and with something that is not a server.

#include "chardev/tls/client.hpp"

#include "chardev/tls/errc.hpp"
#include "tests/async/run.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pipe.hpp"
#include "tests/fakes/tls_server.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace vscard::chardev::tls {
namespace {

using async::test::run;
using fakes::counting;
using fakes::StreamFaults;
using fakes::TlsIdentity;
using fakes::TlsServer;
using Bytes = std::vector<std::uint8_t>;

const TlsIdentity& vmhost() {
  static const TlsIdentity identity("O=Example,CN=vmhost", "DNS:vmhost");
  return identity;
}
Trust trust(const std::string& host = "vmhost", const std::string& subject = "") {
  return {.ca_file = "", .ca = vmhost().pem(), .subject = subject, .host = host};
}

/// A client that connects to a server by a pipe.
class TlsClient : public testing::Test {
 protected:
  void join(StreamFaults faults) { std::tie(client_, server_) = fakes::make_pipe(faults); }

  /// "" or what failed, with "; try again" where that may help.
  std::string connect(Trust trusted, const TlsIdentity& identity = vmhost(),
                      StreamFaults faults = {}) {
    join(faults);
    tls_server_.emplace(*server_, identity);
    async::spawn(io_.get_executor(), tls_server_->accept(), [this](bool done) {
      if (!done) server_->close();
    });
    return finish(std::move(trusted));
  }
  std::string finish(Trust trusted) {
    auto connected = run(io_, connect_tls(std::move(client_), std::move(trusted)));
    if (connected) {
      stream_ = std::move(*connected);
      return "";
    }
    const bool again = connected.error().remedy == ConnectError::Remedy::TryAgain;
    return connected.error().text + (again ? "; try again" : "");
  }
  /// What a server that is none answers.
  std::string connect_to(const Bytes& answer) {
    join({});
    EXPECT_EQ(server_->write_now(answer), answer.size());
    return finish(trust());
  }

  asio::io_context io_;
  std::unique_ptr<fakes::PipeEnd> client_;
  std::unique_ptr<fakes::PipeEnd> server_;
  std::optional<TlsServer> tls_server_;
  std::unique_ptr<Stream> stream_;
};

TEST_F(TlsClient, CarriesBytesBothWaysWhateverTheStreamMakesOfThem) {
  for (const StreamFaults faults : {StreamFaults{}, StreamFaults{.read_at_most = 1},
                                    StreamFaults{.read_at_most = 13, .room = 7}}) {
    ASSERT_EQ(connect(trust(), vmhost(), faults), "");
    const Bytes there = counting(40'000);
    const Bytes back = counting(50'000);
    std::optional<Bytes> heard;
    async::spawn(io_.get_executor(), tls_server_->read_exactly(there.size()),
                 [&heard](Bytes bytes) { heard = std::move(bytes); });
    EXPECT_FALSE(run(io_, stream_->write(there)));
    EXPECT_EQ(heard, there);
    async::spawn(io_.get_executor(), tls_server_->write(back));
    EXPECT_EQ(run(io_, fakes::read_exactly(*stream_, back.size())), back);
    EXPECT_EQ(stream_->remote(), "pipe:1");
  }
}

TEST_F(TlsClient, ConnectsToTheServerThatIsMeant) {
  EXPECT_EQ(connect(trust("vmhost", "O=Example,CN=vmhost")), "");
  EXPECT_EQ(connect(trust("another name", "O=Example,CN=vmhost")), "") << "the subject says enough";
  const TlsIdentity by_address("CN=vmhost", "IP:192.0.2.1");
  EXPECT_EQ(connect({.ca_file = "", .ca = by_address.pem(), .subject = "", .host = "192.0.2.1"},
                    by_address),
            "");
}

TEST_F(TlsClient, TellsWhyAServerIsNotTheOne) {
  EXPECT_EQ(connect(trust("vmhost2")),
            "the server's certificate is not for vmhost2; give its subject with subject=");
  EXPECT_EQ(connect(trust("192.0.2.1")),
            "the server's certificate is not for 192.0.2.1; give its subject with subject=");
  EXPECT_EQ(connect(trust("vmhost", "O=Example,CN=another")),
            "the server's certificate belongs to O=Example,CN=vmhost, not to O=Example,CN=another");
  EXPECT_EQ(connect(trust("vmhost", "CN=vmhost")),
            "the server's certificate belongs to O=Example,CN=vmhost, not to CN=vmhost");
  const TlsIdentity other("O=Example,CN=vmhost", "DNS:vmhost");
  EXPECT_EQ(
      connect(trust(), other),
      "the server's certificate is not signed by a trusted authority; give its CA with ca=FILE");
}

TEST_F(TlsClient, TellsWhatIsWrongWithTheAuthorities) {
  EXPECT_EQ(connect({.ca_file = "", .ca = "no PEM", .subject = "", .host = "vmhost"}),
            "there is no certificate in ca=");
  EXPECT_EQ(connect({.ca_file = "/nowhere.pem", .ca = "", .subject = "", .host = "vmhost"}),
            "cannot read certificates from ca=/nowhere.pem: No such file or directory");
}

TEST_F(TlsClient, KnowsAServerWithoutTls) {
  const std::string text = "HTTP/1.1 400 Bad Request\r\n\r\n";
  const std::string plain = make_error_code(Errc::SpeaksPlain).message();
  EXPECT_EQ(connect_to({text.begin(), text.end()}), plain);
  EXPECT_EQ(connect_to(fakes::from_hex("52454451 02000000 02000000 ba000000")), plain) << "SPICE";
  EXPECT_EQ(connect_to(fakes::from_hex("15030300020228")),
            "it ended TLS: handshake failure; try again");
}

TEST_F(TlsClient, TriesAgainWhenTheHandshakeIsCutOff) {
  for (std::size_t size = 0; size < 600; size += 7) {
    EXPECT_EQ(connect(trust(), vmhost(), {.hangs_up_after = size}), "End of file; try again")
        << size;
  }
}

TEST_F(TlsClient, EndsWhenTheServerSaysGoodbyeOrJustGoes) {
  for (const bool goodbye : {true, false}) {
    ASSERT_EQ(connect(trust()), "");
    if (goodbye) run(io_, tls_server_->shut_down());
    server_->close();
    std::error_code end;
    EXPECT_TRUE(run(io_, fakes::read_to_end(*stream_, end)).empty());
    EXPECT_EQ(end.message(), "End of file");
    EXPECT_TRUE(closed_by_remote(end));
  }
}

TEST_F(TlsClient, EndsWithARecordThatWasForged) {
  ASSERT_EQ(connect(trust()), "");
  std::error_code end;
  const Bytes record = fakes::from_hex("1703030020" + std::string(64, '5'));
  run(io_, server_->write(record));
  EXPECT_TRUE(run(io_, fakes::read_to_end(*stream_, end)).empty());
  EXPECT_EQ(end, make_error_code(Errc::BrokenOff));
}

TEST_F(TlsClient, EndsAReadWhenItIsClosed) {
  ASSERT_EQ(connect(trust()), "");
  std::error_code end;
  async::spawn(io_.get_executor(), fakes::read_to_end(*stream_, end), [](Bytes) {});
  io_.restart();
  io_.poll();
  stream_->close();
  io_.run();
  EXPECT_EQ(end.message(), "Operation canceled");
}

}  // namespace
}  // namespace vscard::chardev::tls
