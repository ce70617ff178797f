#include "chardev/nats/server_spec.hpp"

#include "chardev/nats/nats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vscard::chardev::nats {
namespace {

Result<ServerSpec> parse(const std::string& text) {
  return parse_servers(parse_address(text).value());
}

TEST(NatsServers, AreThoseOfTheAddress) {
  const auto spec = parse("nats://127.0.0.1:4222/card").value();
  EXPECT_EQ(spec.servers.hosts, std::vector<std::string>{"127.0.0.1:4222"});
  EXPECT_EQ(spec.name, "card");
  EXPECT_EQ(spec.subject(), "vscard.card");
  EXPECT_EQ(spec.servers.inbox, "_INBOX");
  EXPECT_FALSE(spec.servers.tls);
  EXPECT_EQ(parse("nats://a:1+[::1]:2+c:3/desk.alice").value().servers.hosts,
            (std::vector<std::string>{"a:1", "[::1]:2", "c:3"}));
}

TEST(NatsServers, HaveKeys) {
  const auto spec =
      parse("nats+tls://a:1/n,user=UABC,nkey=seed,ca=ca.pem,cert=c.pem,name=b,inbox=_INBOX_ci")
          .value();
  EXPECT_EQ(spec.servers.user, "UABC");
  EXPECT_EQ(spec.servers.nkey, "seed");
  EXPECT_EQ(spec.servers.ca, "ca.pem");
  EXPECT_EQ(spec.servers.key, "c.pem");
  EXPECT_EQ(spec.servers.server_name, "b");
  EXPECT_EQ(spec.servers.inbox, "_INBOX_ci");
  EXPECT_TRUE(spec.servers.tls);
  EXPECT_EQ(parse("nats://a:1/n,creds=a.creds").value().servers.creds, "a.creds");
}

TEST(NatsServers, HaveLabelsAndLeasesInAPool) {
  const auto spec = parse("nats://a:1/pool.ci,label=type=piv,label=env=ci,lease=60").value();
  EXPECT_TRUE(spec.pool());
  EXPECT_EQ(spec.labels, (std::vector<std::string>{"type=piv", "env=ci"}));
  EXPECT_EQ(spec.lease, std::chrono::seconds(60));
  EXPECT_FALSE(spec.wait);
  EXPECT_EQ(parse("nats://a:1/pool.ci,wait=90").value().wait, std::chrono::seconds(90));
  EXPECT_FALSE(parse("nats://a:1/card").value().pool());
}

TEST(NatsServers, SeeNothingOfStreamsWithKeysOfTheirEnds) {
  EXPECT_FALSE(parse("nats+tls://a:1/n,ca=x,cert=y").value().sealed());
  const auto paired = parse("nats+tls://a:1/n,ca=x,cert=y,name=b,pair=dir,peer=vm1").value();
  EXPECT_TRUE(paired.sealed());
  EXPECT_EQ(paired.ends.pair, "dir");
  EXPECT_EQ(paired.ends.peers, std::vector<std::string>{"vm1"});
  EXPECT_EQ(paired.ends.cert + paired.ends.ca + paired.ends.name, "");  // those of the servers
  EXPECT_EQ(parse("nats://a:1/pool.n,psk=keys").value().ends.psk, "keys");
}

TEST(NatsServers, AreRefusedWithALineThatSaysWhy) {
  const std::vector<std::pair<std::string, std::string>> all{
      {"nats://a:1", "ends with /NAME"},
      {"nats://a:1/", "ends with /NAME"},
      {"nats://a:1/a.*", "ends with /NAME"},
      {"nats://a:1/a..b", "ends with /NAME"},
      {"nats://a:1/.a", "ends with /NAME"},
      {"nats://a:1/a b", "ends with /NAME"},
      {"nats://a:1/" + std::string(101, 'a'), "ends with /NAME"},
      {"nats://a/card", "a"},
      {"nats://a:1+/card", ""},
      {"nats://a:1/n,ca=x", "nats+tls://"},
      {"nats://a:1/n,tls=x", "has no key 'tls'"},
      {"nats://a:1/n,creds=", "creds= has no value"},
      {"nats://a:1/n,creds=x,user=y", "takes the place of"},
      {"nats://a:1/n,user=y", "user= goes with"},
      {"nats://a:1/n,nkey=y", "user= goes with"},
      {"nats://a:1/n,user=u,nkey=y,password-file=z", "one of nkey="},
      {"nats://a:1/n,inbox=a.>", "inbox=a.>"},
      {"nats://a:1/n,label=a=b", "'pool.'"},
      {"nats://a:1/n,lease=1", "'pool.'"},
      {"nats://a:1/n,wait=1", "'pool.'"},
      {"nats://a:1/pool.n,wait=0", "wait=0 is not a number of seconds"},
      {"nats://a:1/pool.n,wait=soon", "wait=soon is not a number of seconds"},
      {"nats://a:1/pool.n,lease=0", "lease=0"},
      {"nats://a:1/pool.n,lease=2592001", "30 days"},
      {"nats://a:1/pool.n,label=ab", "label=NAME=VALUE"},
      {"nats://a:1/pool.n,label==b", "label=NAME=VALUE"},
      {"nats://a:1/pool.n,label=a=b c", "label=NAME=VALUE"},
      {"nats://a:1/pool.n,label=a=" + std::string(31, 'b'), "label=NAME=VALUE"},
      {"nats://a:1/n,psk=x,pair=y", "leave out psk="},
      {"nats://a:1/n,peer=x", "peer= needs"},
      {"nats://a:1/n,pair=", "pair= has no value"},
      {"nats://a:1/pool.n,pair=x", "a pool has psk=FILE"},
      {"nats+tls://a:1/n", "needs ca=FILE"},
      {"nats+tls://a:1/n,ca=x,key=y", "key= needs cert="}};
  for (const auto& [text, why] : all) {
    const auto spec = parse(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_TRUE(spec.error().text.contains(why)) << text << ": " << spec.error().text;
  }
  std::string many = "nats://a:1";
  for (int i = 0; i < 16; ++i) many += "+a:1";
  EXPECT_FALSE(parse(many + "/n"));
}

TEST(NatsServers, AreReachableUnencryptedUnlessAllAreOfThisMachine) {
  const auto reachable = [](const char* text) {
    const Address address = parse_address(text).value();
    const Transport& transport = address.scheme == "nats" ? kNats : kNatsTls;
    return transport.reachable_unencrypted(address);
  };
  EXPECT_FALSE(reachable("nats://127.0.0.1:1+localhost:2/n"));
  EXPECT_TRUE(reachable("nats://127.0.0.1:1+192.0.2.1:2/n"));
  EXPECT_FALSE(reachable("nats+tls://192.0.2.1:2/n,ca=x"));
  EXPECT_FALSE(reachable("nats://192.0.2.1:2/n,psk=keys"));
  EXPECT_FALSE(reachable("nats://192.0.2.1:2/n,pair=dir,user=UABC,nkey=seed"));
  EXPECT_TRUE(reachable("nats://192.0.2.1:2/n,pair=dir,user=a,password-file=password"));
}

TEST(NatsServers, AreNotLookedForIfTheyAreOfThisMachine) {
  const auto urls = [](const char* text) {
    return urls_of(parse_servers(parse_address(text).value()).value().servers);
  };
  EXPECT_THAT(urls("nats://localhost:2+vmhost:3+[::2]:4/n"),
              testing::ElementsAre("nats://[::1]:2", "nats://127.0.0.1:2", "nats://vmhost:3",
                                   "nats://[::2]:4"));
  EXPECT_THAT(urls("nats+tls://localhost:2/n,ca=x"), testing::ElementsAre("nats://localhost:2"));
}

TEST(NatsReplySubject, IsNeitherAPatternNorTheServers) {
  EXPECT_TRUE(is_reply_subject("_INBOX.a.1"));
  EXPECT_TRUE(is_reply_subject("vscard.card.00ff"));
  for (const char* const subject : {"", "$JS.API.STREAM.DELETE.a", "a.*", "a.>", "a b", "a\nb"}) {
    EXPECT_FALSE(is_reply_subject(subject)) << subject;
  }
  EXPECT_FALSE(is_reply_subject(std::string(301, 'a')));
}

}  // namespace
}  // namespace vscard::chardev::nats
