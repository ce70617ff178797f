#include "chardev/access.hpp"

#include "tests/peer/temp_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace vscard::chardev {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Folder = Access::Folder;
using Use = Access::Use;

Access access(const std::string& endpoint) { return access_of(*parse_endpoint(endpoint)); }

TEST(AccessTest, IsThePortToWhichItConnects) {
  for (const char* endpoint : {"connect:tcp://host:77", "connect:tls://[::1]:77",
                               "connect:ws://host:77/a/b", "connect:spice://host:77"}) {
    EXPECT_THAT(access(endpoint).ports, ElementsAre(77)) << endpoint;
    EXPECT_THAT(access(endpoint).folders, IsEmpty()) << endpoint;
  }
  EXPECT_THAT(access("connect:wss://host:77/a,proxy=http://proxy:78").ports, ElementsAre(78, 77));
  EXPECT_THAT(access("listen:tcp://host:77").ports, IsEmpty());
  EXPECT_THAT(access("connect:vnc://host:7").ports, ElementsAre(5907));
  EXPECT_THAT(access("listen:vnc://host:7,server=host:77").ports, ElementsAre(5977));
  EXPECT_THAT(access("listen:vnc://host:7,server=unix:/run/vnc").ports, IsEmpty());
  for (const char* mode : {"listen", "connect"}) {
    EXPECT_THAT(access(mode + std::string(":nats://host:77+[::1]:78/a")).ports,
                ElementsAre(77, 78));
  }
}

TEST(AccessTest, IsTheFolderOfASocketThatIsMade) {
  EXPECT_THAT(access("listen:unix:/run/a/vsc").folders, ElementsAre(Folder{"/run/a", Use::Place}));
  EXPECT_THAT(access("listen:spicevmc+unix:/run/a/vsc").folders,
              ElementsAre(Folder{"/run/a", Use::Place}));
  EXPECT_THAT(access("connect:unix:/run/a/vsc").folders, IsEmpty());
}

TEST(AccessTest, IsTheFolderOfEachFileThatAnAddressNames) {
  EXPECT_THAT(
      access("listen:tls://host:77,cert=/a/cert,key=/b/key,ca=/c/ca,name=x").folders,
      ElementsAre(Folder{"/a", Use::Read}, Folder{"/b", Use::Read}, Folder{"/c", Use::Read}));
  EXPECT_THAT(access("listen:tls://host:77,pair=/a/b").folders,
              ElementsAre(Folder{"/a/b", Use::Own}));
  EXPECT_THAT(access("connect:tls://host:77,pair=/a/b").folders,
              ElementsAre(Folder{"/a/b", Use::Write}));
  EXPECT_THAT(access("connect:serial:/a/device").folders, ElementsAre(Folder{"/a", Use::Open}));
  EXPECT_THAT(access("connect:spice:/a/b.vv").folders, ElementsAre(Folder{"/a", Use::Read}));
  EXPECT_TRUE(access("connect:spice:/a/b.vv").any_port);
}

/// Certificates are exchanged by links that lead elsewhere.
TEST(AccessTest, IsAlsoTheFolderToWhichAFileLeads) {
  const test::TempFolder named;
  const test::TempFolder kept;
  std::ofstream(kept.path() / "cert") << "";
  std::filesystem::create_symlink(kept.path() / "cert", named.path() / "cert");
  EXPECT_THAT(access("listen:tls://host:77,cert=" + (named.path() / "cert").string()).folders,
              ElementsAre(Folder{named.path(), Use::Read}, Folder{kept.path(), Use::Read}));
}

TEST(AccessTest, IsUnboundedForACommand) {
  EXPECT_TRUE(access("connect:exec:a command").unbounded());
  EXPECT_FALSE(access("connect:tcp://host:77").unbounded());
}

TEST(AccessTest, CoversWhatLiesWithinIt) {
  const Access place = access("listen:unix:/run/a/vsc");
  EXPECT_TRUE(place.covers(access("listen:unix:/run/a/other")));
  EXPECT_TRUE(place.covers(access("listen:unix:/run/a/b/other")));
  EXPECT_TRUE(place.covers(access("connect:unix:/else/where")));
  EXPECT_FALSE(place.covers(access("listen:unix:/run/ab/other")));
  EXPECT_FALSE(place.covers(access("listen:unix:/run/other")));
  EXPECT_FALSE(place.covers(access("listen:tls://host:77,cert=/run/a/cert")));
  EXPECT_FALSE(place.covers(access("connect:tcp://host:77")));
  EXPECT_FALSE(place.covers(access("connect:exec:a command")));
}

TEST(AccessTest, CoversPortsByNumber) {
  const Access port = access("connect:tcp://host:77");
  EXPECT_TRUE(port.covers(access("connect:tcp://other:77")));
  EXPECT_FALSE(port.covers(access("connect:tcp://host:78")));
  EXPECT_FALSE(port.covers(access("connect:spice:/a.vv")));
  EXPECT_TRUE(access("connect:spice:/a.vv").covers(port));
}

TEST(AccessTest, CoversCommandsOnlyWithACommand) {
  EXPECT_TRUE(access("connect:exec:one").covers(access("connect:exec:another")));
  EXPECT_TRUE(access("connect:exec:one").covers(access("connect:tcp://host:77")));
  EXPECT_FALSE(Access{.unknown = true}.covers(access("connect:exec:another")));
  EXPECT_TRUE(Access{.unknown = true}.covers(access("connect:tcp://host:77")));
}

TEST(AccessTest, SaysWhatItLacks) {
  const Access place = access("listen:unix:/run/a/vsc");
  EXPECT_EQ(place.lacks(access("listen:unix:/run/b/vsc")), "the folder /run/b");
  EXPECT_EQ(place.lacks(access("connect:tcp://host:77")), "port 77");
  EXPECT_EQ(place.lacks(access("connect:exec:a")), "programs that it starts");
  EXPECT_EQ(place.lacks(access("listen:unix:/run/a/other")), std::nullopt);
}

TEST(AccessTest, AddsUp) {
  Access sum = access("connect:tcp://host:77");
  sum.add(access("listen:unix:/run/a/vsc"));
  EXPECT_TRUE(sum.covers(access("connect:tcp://host:77")));
  EXPECT_TRUE(sum.covers(access("listen:unix:/run/a/vsc")));
}

}  // namespace
}  // namespace vscard::chardev
