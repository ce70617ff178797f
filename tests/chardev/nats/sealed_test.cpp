// TLS from end to end, within streams over NATS.

#include "chardev/nats/nats.hpp"
#include "tests/chardev/nats/over_nats.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace vscard::chardev::nats {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class Sealed : public OverNats {
 protected:
  Sealed() {
    start_server();
    write_keys("owner", "vm2:" + std::string(32, 'b') + "\nvm1:" + std::string(32, 'a') + "\n");
    write_keys("vm1", "vm1:" + std::string(32, 'a') + "\n");
    write_keys("liar", "vm1:" + std::string(32, 'c') + "\n");
  }
  void write_keys(const std::string& name, const std::string& text) const {
    test::write_text(path(name), text);
    std::filesystem::permissions(path(name), std::filesystem::perms::owner_read);
  }
  std::string path(const std::string& name) const { return folder_.path() / name; }
  std::string with_keys(const std::string& file, const std::string& name = "/card") const {
    return address(name + ",psk=" + path(file));
  }
  /// Tells of connections until one has a stream.
  void accept_one(Listener& listener) {
    async::spawn(io_.get_executor(), listener.accept(), [this, &listener](Accepted got) {
      if (got) return keep(std::move(got));
      errors_.push_back(got.error().text);
      accept_one(listener);
    });
  }

  std::vector<std::string> errors_;
};

TEST_F(Sealed, BothEndsHaveTheKey) {
  const auto listener = listen(with_keys("owner"));
  EXPECT_EQ(listener->address(), address());
  EXPECT_EQ(listener->lending(), nullptr);
  const Ends ends = meet(*listener, with_keys("vm1"));
  EXPECT_EQ(ends.connecting->remote(), address());
  EXPECT_THAT(ends.listening->remote(), HasSubstr(address() + "#"));
  EXPECT_THAT(ends.listening->remote(), EndsWith(" (vm1)"));
  const std::string much(300'000, 'a');
  EXPECT_EQ(sent(*ends.connecting, *ends.listening, much), much);
  ends.connecting->close();
  EXPECT_TRUE(closed_by_remote(end_of(*ends.listening)));
}

TEST_F(Sealed, AnotherKeyIsRefusedAndNothingTakesItsPlace) {
  const auto listener = listen(with_keys("owner"));
  accept_one(*listener);
  const auto plain = until_lent(address());  // the NATS server knows nothing of it
  const std::vector<std::uint8_t> command(100, 'V');
  EXPECT_FALSE(run(plain->write(command)));
  while (!end_of(*plain)) {
  }  // an alert comes before
  EXPECT_THAT(connect_error(with_keys("liar")), HasSubstr("another key for the name in psk="));
  while (errors_.size() < 2) io_.run_one();
  EXPECT_TRUE(kept_.empty());
}

TEST_F(Sealed, APoolLendsToOneAtATimeAndIsSeen) {
  const auto listener = listen(with_keys("owner", "/pool.ci"));
  ASSERT_NE(listener->lending(), nullptr);
  EXPECT_EQ(listener->lending()->pool(), "pool.ci");
  accept_one(*listener);
  const auto first = until_lent(with_keys("vm1", "/pool.ci"));
  while (kept_.empty()) io_.run_one();
  EXPECT_TRUE(listener->lending()->lease());
  EXPECT_THAT(connect_error(with_keys("vm1", "/pool.ci")),
              HasSubstr("card with these labels is taken"));
  EXPECT_EQ(sent(*first, *kept_[0], "one"), "one");
  EXPECT_TRUE(listener->lending()->release());
  EXPECT_TRUE(end_of(*first));
}

TEST_F(Sealed, APairingSaysWhereItIsMade) {
  const std::string owner = address("/card,pair=" + path("owner.pair"));
  const std::string user = address("/card,pair=" + path("user.pair"));
  const auto listener = listen(owner);
  ASSERT_NE(listener->pairing(), nullptr);
  accept_one(*listener);
  const auto begun = until_lent(address());
  EXPECT_EQ(connect_error(user),
            "card is not paired: run vscclient pair " + address() + ",pair=" + path("user.pair"));
  EXPECT_THAT(listener->pairing()->open_code(), HasSubstr("vscclient pair " + address()));
}

}  // namespace
}  // namespace vscard::chardev::nats
