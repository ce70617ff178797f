// A client's port: bytes both ways, each side of which may be slower than the other.

#include "chardev/spicevmc/port_channel.hpp"

#include "tests/chardev/run_to_end.hpp"
#include "tests/fakes/hex.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace vscard::chardev::spicevmc {
namespace {

using fakes::to_hex;

constexpr std::size_t kMaxWaiting = 65536;  ///< bytes

class SpicevmcPort : public testing::Test {
 protected:
  std::size_t receive(const std::string& hex) {
    return channel_.receive(fakes::from_hex(hex)).value();
  }
  std::size_t receive(std::size_t size) {
    return channel_.receive(std::vector<std::uint8_t>(size)).value();
  }
  /// At most so many bytes, or the error's text.
  std::string read(std::size_t size) {
    std::vector<std::uint8_t> buffer(size);
    const auto count = vscard::test::run_to_end(io_, channel_.read(buffer));
    return count ? to_hex(protocol::Bytes(buffer).first(*count)) : count.error().message();
  }
  std::string take(std::size_t size) {
    std::vector<std::uint8_t> buffer(size);
    return to_hex(protocol::Bytes(buffer).first(channel_.take(buffer)));
  }

  asio::io_context io_;
  int wakes_ = 0;
  PortChannel channel_{Peer{.descriptor = 7, .remote = "tcp://192.0.2.1:1"}, [this] { ++wakes_; }};
};

TEST_F(SpicevmcPort, PassesBytesAsTheyAre) {
  EXPECT_EQ(receive("0011"), 2U);
  EXPECT_EQ(receive("22"), 1U);
  EXPECT_EQ(read(1), "00");
  EXPECT_EQ(read(9), "11");
  EXPECT_EQ(read(9), "22");
  EXPECT_EQ(channel_.write_now(fakes::from_hex("334455")), 3U);
  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(channel_.write_now(fakes::from_hex("66")), 0U);
  EXPECT_EQ(take(2), "3344");
  EXPECT_EQ(take(2), "55");
  EXPECT_EQ(take(2), "");
  EXPECT_EQ(channel_.peer().descriptor, 7);
}

TEST_F(SpicevmcPort, HoldsAClientBackThatIsNotReadFrom) {
  EXPECT_EQ(receive(kMaxWaiting - 1), kMaxWaiting - 1);
  EXPECT_EQ(receive("0011"), 1U);
  EXPECT_EQ(receive("11"), 0U);
  read(100);
  EXPECT_EQ(wakes_, 1) << "there is room";
  EXPECT_EQ(receive("11"), 1U);
  read(100);
  EXPECT_EQ(wakes_, 1) << "nothing was held back";
}

TEST_F(SpicevmcPort, EndsWithTheClientAfterWhatItSaid) {
  EXPECT_EQ(receive("0011"), 2U);
  channel_.lose();
  EXPECT_TRUE(channel_.ended());
  EXPECT_EQ(receive("22"), 1U) << "nobody is to keep it";
  EXPECT_EQ(read(9), "0011");
  EXPECT_EQ(read(9), "End of file");
  EXPECT_EQ(vscard::test::run_to_end(io_, channel_.write(fakes::from_hex("33"))).message(),
            "End of file");
  EXPECT_EQ(take(9), "");
}

TEST_F(SpicevmcPort, EndsWhenItIsClosed) {
  channel_.close();
  channel_.lose();
  EXPECT_EQ(read(9), "Operation canceled");
}

}  // namespace
}  // namespace vscard::chardev::spicevmc
