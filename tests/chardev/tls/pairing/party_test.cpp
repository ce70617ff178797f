// Machines that pair with a code, and connect with the keys that they know since then.

#include "chardev/tls/pairing/party.hpp"

#include "chardev/tls/pairing/exchange.hpp"
#include "tests/chardev/tls/pairing/ends.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::chardev::tls::pairing {
namespace {

using PairedParties = test::PairedEnds;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kRefused =
    "it refused the code, which is wrong, was used or is too old; see its log, or let ctl pair "
    "show a new one there";
const std::string kWrong = "it has a wrong code for pairing";
constexpr const char* kNoCode = "no code for pairing is open, or not any more; ctl pair shows one";

TEST_F(PairedParties, ConnectWithoutAQuestionAfterwards) {
  listen();
  EXPECT_TRUE(told("vscclient pair tls://" + host_name() + ":2001 and type the code " + code_));
  EXPECT_EQ(pair("card", code_), "");
  EXPECT_TRUE(told("pipe:2 is paired now as " + host_name()));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(connect("card"), "");
    EXPECT_EQ(server_->remote(), "pipe:2 (" + host_name() + ")");
  }
  desk_ = std::make_shared<Desk>(Folder(path("host")), "tls://127.0.0.1:2001");  // restarted
  code_ = "";
  listen();
  EXPECT_EQ(code_, "") << "one is paired";
  EXPECT_EQ(connect("card"), "");
}

TEST_F(PairedParties, PairOverAnyStream) {
  listen();
  EXPECT_EQ(pair("card", code_, {.read_at_most = 1, .room = 1}), "");
  EXPECT_EQ(connect("card"), "");
}

TEST_F(PairedParties, RefuseAWrongCodeAndKeepTheRightOne) {
  listen();
  for (int i = 0; i < 4; ++i) {
    auto [near, far] = fakes::make_pipe();
    serve(std::move(far));
    async::spawn(io_.get_executor(),
                 pairing::pair(std::move(near), keys("card"), "tls://vmhost:2001", new_code()),
                 [](const auto& paired) { EXPECT_EQ(paired.error().text, kRefused); });
  }
  const auto began = protocol::Clock::now();
  io_.run();
  EXPECT_GE(protocol::Clock::now() - began, std::chrono::seconds(1)) << "it costs time";
  EXPECT_THAT(refused_, ElementsAreArray(std::vector(4, kWrong)));
  EXPECT_EQ(pair("card", code_), "") << "others cannot void it";
}

TEST_F(PairedParties, RefuseALateCode) {
  listen();
  const std::string late = code_;
  now_ += kCodeLife;
  EXPECT_EQ(pair("card", late), kRefused);
  EXPECT_THAT(refused_, ElementsAre(kNoCode));
  EXPECT_NE(code_, late) << "nobody is paired: a new one is shown";
  now_ += kCodeLife - std::chrono::milliseconds(1);
  EXPECT_EQ(pair("card", code_), "");
}

TEST_F(PairedParties, RefuseACodeThatWasUsed) {
  listen();
  EXPECT_EQ(pair("card", code_), "");
  const std::string used = code_;
  EXPECT_EQ(pair("other", used), kRefused);
  EXPECT_THAT(refused_, ElementsAre("", kNoCode));
  EXPECT_EQ(code_, used) << "somebody is paired: ctl pair shows another";
  EXPECT_THAT(connect("other"), StartsWith("vmhost is not paired: run vscclient pair "));
}

TEST_F(PairedParties, PairOneOfTwoAtATime) {
  listen();
  std::vector<std::string> ends;
  for (const auto* machine : {"card", "other"}) {
    auto [near, far] = fakes::make_pipe();
    serve(std::move(far));
    async::spawn(
        io_.get_executor(),
        pairing::pair(std::move(near), keys(machine), "tls://vmhost:2001", parse(code_)),
        [&ends](const auto& paired) { ends.push_back(paired ? "" : paired.error().text); });
  }
  io_.run();
  EXPECT_THAT(
      ends, testing::UnorderedElementsAre("", "somebody else was paired with this code just now"));
  EXPECT_THAT(refused_, testing::UnorderedElementsAre(
                            "", "its code for pairing was used already, or is too old"));
  EXPECT_EQ(desk_->peers()->size(), 1);
}

TEST_F(PairedParties, ServeThoseWhoArePairedMeanwhile) {
  listen();
  EXPECT_EQ(pair("card", code_), "");
  const std::string line = desk_->open_code();
  EXPECT_EQ(connect("card"), "");
  EXPECT_THAT(line, HasSubstr("; it is good once, for 5 minutes"));
  const std::size_t at = line.find("the code ") + 9;
  EXPECT_EQ(pair("other", line.substr(at, kCodeSize + 5)), "");
  EXPECT_EQ(desk_->peers()->size(), 2);
  EXPECT_EQ((*desk_->peers())[1].name, host_name() + "-2") << "both have the name of this machine";
}

TEST_F(PairedParties, AreUnpairedByTheirUser) {
  listen();
  EXPECT_EQ(pair("card", code_), "");
  EXPECT_EQ(connect("card"), "");
  EXPECT_EQ(desk_->unpair("nobody").error().text,
            "'nobody' is not paired; pairings lists those that are");
  EXPECT_TRUE(desk_->unpair(host_name()));
  EXPECT_EQ(client_end(), "End of file");
  std::error_code end;
  async::test::run(io_, fakes::read_to_end(*server_, end));
  EXPECT_EQ(end.message(), "it is no longer paired");
  refused_.clear();
  EXPECT_EQ(connect("card"), "") << "a client hears it when it reads";
  EXPECT_EQ(client_end(),
            "it does not accept our certificate, or not any more: with pair=, run vscclient pair "
            "again");
  EXPECT_THAT(refused_, ElementsAre("it is not paired; ctl pair shows a code for vscclient pair"));
}

TEST_F(PairedParties, LetInThoseThatPeerNames) {
  listen();
  EXPECT_EQ(pair("card", code_), "");
  Keys named = keys("host");
  named.peers = {"another"};
  auto [near, far] = fakes::make_pipe();
  async::spawn(io_.get_executor(), accept_paired(std::move(far), desk_, named),
               [this](const auto& accepted) { refused_.push_back(accepted ? "" : "refused"); });
  EXPECT_TRUE(
      async::test::run(io_, connect_paired(std::move(near), keys("card"), "tls://vmhost:2001")));
  EXPECT_EQ(refused_.back(), "refused");
}

TEST_F(PairedParties, TellAPlainClient) {
  listen();
  auto [near, far] = fakes::make_pipe();
  const std::vector<std::uint8_t> init{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 12, 'V', 'S', 'C', 'D'};
  ASSERT_EQ(near->write_now(init), init.size());
  serve(std::move(far));
  std::error_code end;
  const auto answer = async::test::run(io_, fakes::read_to_end(*near, end));
  EXPECT_TRUE(begins_like_tls(answer));
  EXPECT_THAT(refused_, ElementsAre("it does not speak TLS"));
}

TEST_F(PairedParties, KnowTheServerByItsKeyAlone) {
  listen();
  EXPECT_EQ(pair("card", code_), "");
  std::filesystem::remove(path("host/key.pem"));
  EXPECT_TRUE(Folder(path("host")).open());
  EXPECT_THAT(connect("card"), StartsWith("its key is not the one that was paired; if it has a "
                                          "new one, run vscclient pair tls://vmhost:2001,pair="));
  EXPECT_THAT(check_paired(keys("card"), "tls://elsewhere:2001").error().text,
              StartsWith("elsewhere is not paired"))
      << "who is paired cannot pass for another host";
}

/// Who knows the code, and shows the certificate of somebody else.
Awaitable<void> show_anothers(std::unique_ptr<Stream> carrier, Psks psks, Introduction shown) {
  const ContextPtr context = new_context(TLS_client_method(), TLS1_3_VERSION);
  use_psks_as_client(context.get(), psks);
  SslPtr ssl(SSL_new(context.get()));
  SSL_set_connect_state(ssl.get());
  TlsStream stream(std::move(carrier), std::move(ssl));
  EXPECT_FALSE(co_await stream.shake_hands());
  const auto bytes = encode(shown);
  co_await stream.write(bytes);
  std::error_code end;
  co_await fakes::read_to_end(stream, end);
}

TEST_F(PairedParties, PairNobodyWithAKeyOfOthers) {
  listen();
  EXPECT_EQ(pair("card", code_), "");
  const std::string line = desk_->open_code();
  Introduction shown{.name = "thief", .certificate = {}, .proof = {0x30, 0x01, 0x00}};
  unsigned char* der = nullptr;
  const int size = i2d_X509(Folder(path("host")).peers()->front().certificate.get(), &der);
  shown.certificate.assign(der, der + size);
  OPENSSL_free(der);
  Psks psks;
  psks.push_back({.name = kPskName, .key = parse(line.substr(line.find("the code ") + 9, 29))});
  auto [near, far] = fakes::make_pipe();
  serve(std::move(far));
  async::test::run(io_, show_anothers(std::move(near), std::move(psks), shown));
  EXPECT_EQ(refused_.back(), "not paired: it did not show that it has the key of its certificate");
  EXPECT_EQ(desk_->peers()->size(), 1);
}

TEST_F(PairedParties, GainNothingFromARecordedGreeting) {
  listen();
  auto [near, far] = fakes::make_pipe();
  async::spawn(io_.get_executor(),
               pairing::pair(std::move(near), keys("card"), "tls://vmhost:2001", parse(code_)),
               [](const auto& paired) { EXPECT_FALSE(paired); });
  io_.poll();
  std::vector<std::uint8_t> greeting(4096);
  async::spawn(io_.get_executor(), far->read(greeting),
               [&greeting](const auto& size) { greeting.resize(*size); });
  io_.restart();
  io_.poll();
  far->close();
  auto [replayed, served] = fakes::make_pipe();
  serve(std::move(served));
  EXPECT_EQ(replayed->write_now(greeting), greeting.size());
  io_.restart();
  io_.poll();
  EXPECT_THAT(refused_, ElementsAre()) << "it answers, and waits";
  replayed->close();
  io_.run();
  EXPECT_THAT(refused_, ElementsAre("it closed the connection before TLS had begun"));
  EXPECT_EQ(pair("card", code_), "") << "it does not use up the code";
}

}  // namespace
}  // namespace vscard::chardev::tls::pairing
