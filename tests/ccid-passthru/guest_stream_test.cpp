#include "ccid-passthru/guest_stream.hpp"

#include "async/spawn.hpp"
#include "ccid-passthru/usbredir/exporter.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pipe.hpp"
#include "tests/fakes/usbredir_guest.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <tuple>

namespace vscard::ccid_passthru {
namespace {

/// A device on one end of a pipe; the test has the other, and libusbredirparser.
class GuestStreams : public testing::Test {
 protected:
  GuestStreams() {
    std::tie(near_, far_) = fakes::make_pipe();
    async::spawn(io_.get_executor(), stream().run(), [](std::error_code) {});
  }
  ~GuestStreams() override {
    near_->close();
    poll();
  }
  GuestStream& stream() {
    if (!stream_) stream_ = std::make_unique<GuestStream>(*near_, carried_, exporter_, [] {});
    return *stream_;
  }
  void poll() {
    io_.restart();
    io_.poll();
  }
  void send(protocol::Bytes bytes) {
    EXPECT_EQ(far_->write_now(bytes), bytes.size());
    poll();
  }

  asio::io_context io_;
  std::unique_ptr<fakes::PipeEnd> near_;
  std::unique_ptr<fakes::PipeEnd> far_;
  usb::Device device_{{.id = {}, .serial = "0123456789ab", .name = "test"}};
  CarriedDevice carried_{.device = device_, .for_card = [](auto) {}, .notify = [](auto) {}};
  usbredir::Exporter exporter_{device_, "vscard test"};
  std::unique_ptr<GuestStream> stream_;
  fakes::UsbredirGuest guest_;
};

// It may have been a PIN.
TEST_F(GuestStreams, KeepNothingOfWhatTheyHaveRead) {
  send(guest_.output());
  guest_.bulk_out(1, 1,
                  fakes::from_hex("6f050000000000000000"
                                  "00a4040000"));
  const auto packet = guest_.output();
  for (std::size_t i = 0; i < packet.size(); ++i) send(protocol::Bytes(packet).subspan(i, 1));
  EXPECT_FALSE(near_->left_something());
}

}  // namespace
}  // namespace vscard::ccid_passthru
