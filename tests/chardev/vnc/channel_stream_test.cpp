#include "chardev/vnc/channel_stream.hpp"

#include "async/error.hpp"
#include "tests/async/run.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pipe.hpp"

#include <gtest/gtest.h>

namespace vscard::chardev::vnc {
namespace {

using fakes::from_hex;

class VncChannelStream : public testing::Test {
 protected:
  void open(fakes::StreamFaults faults = {}) {
    auto [near, far] = fakes::make_pipe(faults);
    near_ = near.get();
    far_ = std::move(far);
    stream_ = std::make_unique<ChannelStream>(std::move(near), "vnc://far");
  }
  std::string read(std::size_t room = 16) {
    std::vector<std::uint8_t> into(room);
    const auto size = async::test::run(io_, stream_->read(into));
    return size ? fakes::to_hex(Bytes(into).first(*size)) : size.error().message();
  }
  void say(const std::string& hex) { far_->write_now(from_hex(hex)); }

  asio::io_context io_;
  fakes::PipeEnd* near_ = nullptr;
  std::unique_ptr<fakes::PipeEnd> far_;
  std::unique_ptr<ChannelStream> stream_;
};

TEST_F(VncChannelStream, ReadsDataInPieces) {
  open({.read_at_most = 5});
  say("b200000000000004 01020304 b200000000000001 05");
  EXPECT_EQ(read(1), "01");
  EXPECT_EQ(read(), "02");
  EXPECT_EQ(read(), "0304");
  EXPECT_EQ(read(), "05");
  EXPECT_GT(near_->quick_acks(), 0);
  EXPECT_FALSE(near_->left_something()) << "what was read is not kept";
}

TEST_F(VncChannelStream, WritesMessages) {
  open();
  EXPECT_FALSE(async::test::run(io_, stream_->write(from_hex("0102"))));
  EXPECT_EQ(fakes::to_hex(async::test::run(io_, fakes::read_exactly(*far_, 10))),
            "b2000000000000020102");
  EXPECT_FALSE(async::test::run(io_, stream_->write(fakes::counting(kMaxData + 1))));
  const auto bytes = async::test::run(io_, fakes::read_exactly(*far_, kMaxData + 17));
  EXPECT_EQ(fakes::to_hex(Bytes(bytes).first(8)), "b200000000010000");
  EXPECT_EQ(fakes::to_hex(Bytes(bytes).last(9)), "b20000000000000100");
}

TEST_F(VncChannelStream, EndsWhenTheOtherEndLies) {
  open();
  say("b200000000000001 01 0301000000000280");
  EXPECT_EQ(read(), "01");
  EXPECT_EQ(read(), "it sent something that does not belong on a card's channel of VNC");
}

TEST_F(VncChannelStream, EndsWithItsConnection) {
  open();
  say("b2000000000000");
  far_->close();
  EXPECT_EQ(read(), async::end_of_stream().message());
  EXPECT_EQ(stream_->remote(), "vnc://far");
}

}  // namespace
}  // namespace vscard::chardev::vnc
