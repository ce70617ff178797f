// TLS as a Stream: whatever the stream below makes of the bytes.

#include "chardev/tls/stream.hpp"

#include "tests/chardev/tls/ends.hpp"
#include "tests/fakes/hex.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace vscard::chardev::tls {
namespace {

using async::test::run;
using fakes::StreamFaults;
using Bytes = std::vector<std::uint8_t>;

Awaitable<void> write_both(Stream& stream, protocol::Bytes first, protocol::Bytes second) {
  EXPECT_FALSE(co_await stream.write(first));
  EXPECT_FALSE(co_await stream.write(second));
}

class TlsBothEnds : public test::TlsEnds {
 protected:
  void join_over(StreamFaults faults) {
    join(client_keys(), server_keys(), faults);
    ASSERT_EQ(client_error_ + server_error_, "");
  }
};

TEST_F(TlsBothEnds, CarryBytesBothWays) {
  for (const StreamFaults faults : {StreamFaults{}, StreamFaults{.read_at_most = 1},
                                    StreamFaults{.read_at_most = 13, .room = 7}}) {
    join_over(faults);
    for (Stream* from : {client_.get(), server_.get()}) {
      Stream& to = from == client_.get() ? *server_ : *client_;
      const Bytes bytes = fakes::counting(50'000);
      std::optional<Bytes> heard;
      async::spawn(io_.get_executor(), fakes::read_exactly(to, bytes.size()),
                   [&heard](Bytes read) { heard = std::move(read); });
      EXPECT_FALSE(run(io_, from->write(bytes)));
      EXPECT_EQ(heard, bytes);
    }
  }
}

// What write_now() leaves, the next write() sends: in all, each byte goes once.
TEST_F(TlsBothEnds, WriteWhatCanBeWrittenAtOnce) {
  const Bytes bytes = fakes::counting(40'000);
  join_over({});
  EXPECT_EQ(client_->write_now(bytes), bytes.size());
  EXPECT_EQ(run(io_, fakes::read_exactly(*server_, bytes.size())), bytes);
  for (const std::size_t room : {300U, 5000U, 17'000U, 39'000U}) {
    join_over({.room = room});
    const std::size_t written = client_->write_now(bytes);
    EXPECT_LT(written, bytes.size());
    std::optional<Bytes> heard;
    async::spawn(io_.get_executor(), fakes::read_exactly(*server_, 2 * bytes.size()),
                 [&heard](Bytes read) { heard = std::move(read); });
    run(io_, write_both(*client_, protocol::Bytes(bytes).subspan(written), bytes));
    Bytes twice = bytes;
    twice.insert(twice.end(), bytes.begin(), bytes.end());
    EXPECT_EQ(heard, twice) << room;
  }
}

// The other end writes all it has before it reads: to wait with reading would be to wait for ever.
TEST_F(TlsBothEnds, ReadWhileTheyWrite) {
  join_over({.room = 1000});
  const Bytes bytes = fakes::counting(100'000);
  bool written = false;
  async::spawn(io_.get_executor(), client_->write(bytes),
               [&written](std::error_code error) { written = !error; });
  std::optional<Bytes> heard;
  async::spawn(io_.get_executor(), fakes::read_exactly(*client_, bytes.size()),
               [&heard](Bytes read) { heard = std::move(read); });
  async::spawn(io_.get_executor(), server_->write(bytes), [](std::error_code) {});
  io_.restart();
  io_.poll();
  EXPECT_EQ(heard, bytes);
  EXPECT_FALSE(written);
  EXPECT_EQ(run(io_, fakes::read_exactly(*server_, bytes.size())), bytes);
  EXPECT_TRUE(written);
}

TEST_F(TlsBothEnds, EndWhenTheOtherOneGoes) {
  join_over({});
  client_.reset();
  std::error_code end;
  EXPECT_TRUE(run(io_, fakes::read_to_end(*server_, end)).empty());
  EXPECT_TRUE(closed_by_remote(end));
}

}  // namespace
}  // namespace vscard::chardev::tls
