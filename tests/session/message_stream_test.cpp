// What a conversation makes of a stream that takes, or gives, part of what there is, or nothing.

#include "session/message_stream.hpp"

#include "async/error.hpp"
#include "async/spawn.hpp"
#include "protocol/errc.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/pipe.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vscard::session {
namespace {

using fakes::counting;
using fakes::StreamFaults;
using fakes::to_hex;
using protocol::vsc::ReaderId;
using Data = std::vector<std::uint8_t>;

protocol::vsc::Message command(std::size_t size) {
  return {ReaderId{0}, protocol::vsc::Apdu{protocol::SecretBytes::copy_of(counting(size))}};
}
Data encoded(const protocol::vsc::Message& message) {
  const auto bytes = protocol::vsc::encode(message);
  return {bytes.view().begin(), bytes.view().end()};
}

/// A machine that answers each message with one of so many bytes, or not at all.
class Answering final : public VscMachine {
 public:
  void receive(protocol::vsc::Message /*message*/) override {
    ++received;
    if (answer_size > 0) messages->send(protocol::vsc::encode(command(answer_size)).view());
  }
  std::optional<protocol::Time> deadline() const override { return due; }
  void expire() override {
    due.reset();
    ++expired;
    messages->end({});
  }

  MessageStream* messages = nullptr;
  std::size_t answer_size = 0;
  int received = 0;
  std::optional<protocol::Time> due;
  int expired = 0;
};

class MessageStreamTest : public testing::Test {
 protected:
  void start(StreamFaults faults = {}) {
    std::tie(near_, far_) = fakes::make_pipe(faults);
    messages_.emplace(*near_, machine_);
    machine_.messages = &*messages_;
    ended_.reset();
    async::spawn(io_.get_executor(), messages_->run(),
                 [this](std::error_code error) { ended_ = error; });
    poll();
  }
  void poll() {
    io_.restart();
    io_.poll();
  }
  /// What the other end has received when the conversation is over.
  Data read_all() {
    Data all;
    std::error_code end;
    async::spawn(io_.get_executor(), fakes::read_to_end(*far_, end),
                 [&all](Data bytes) { all = std::move(bytes); });
    while (!ended_) {
      io_.restart();
      io_.run_one();
    }
    near_->close();
    poll();
    return all;
  }

  asio::io_context io_;
  std::unique_ptr<fakes::PipeEnd> near_;
  std::unique_ptr<fakes::PipeEnd> far_;
  Answering machine_;
  std::optional<MessageStream> messages_;
  std::optional<std::error_code> ended_;
};

TEST_F(MessageStreamTest, WritesAllInOrderWhateverTheStreamTakesAtOnce) {
  Data all;
  for (const std::size_t size : {5U, 7U, 9U}) {
    std::ranges::copy(encoded(command(size)), std::back_inserter(all));
  }
  std::vector<StreamFaults> narrow;
  for (std::size_t size = 0; size <= all.size(); ++size) {
    narrow.push_back({.takes_at_once = size});
    narrow.push_back({.room = size + 1});
  }
  for (const StreamFaults& faults : narrow) {
    SCOPED_TRACE("at once " + std::to_string(faults.takes_at_once) + ", room " +
                 std::to_string(faults.room));
    start(faults);
    messages_->send(protocol::vsc::encode(command(5)).view());
    messages_->send(protocol::vsc::encode(command(7)).view());
    poll();  // the writer is at work, or done
    messages_->send(protocol::vsc::encode(command(9)).view());
    messages_->end({});
    EXPECT_EQ(to_hex(read_all()), to_hex(all));
    EXPECT_FALSE(near_->misused());
    EXPECT_FALSE(*ended_);
  }
}

// QEMU's system keeps the payload back until it has the acknowledgement of the header.
TEST_F(MessageStreamTest, AcknowledgesPartOfAMessageAtOnce) {
  const Data bytes = encoded(command(5));
  for (std::size_t first = 1; first <= bytes.size(); ++first) {
    start();
    far_->write_now(protocol::Bytes(bytes).first(first));
    poll();
    EXPECT_EQ(near_->quick_acks(), first < bytes.size() ? 1 : 0) << first;
    far_->write_now(protocol::Bytes(bytes).subspan(first));
    poll();
    EXPECT_EQ(near_->quick_acks(), first < bytes.size() ? 1 : 0) << first;
    far_->close();
    poll();
  }
  EXPECT_EQ(machine_.received, static_cast<int>(bytes.size()));
}

TEST_F(MessageStreamTest, HandsMessagesOverHoweverTheyAreCut) {
  Data all;
  for (int i = 0; i < 50; ++i) std::ranges::copy(encoded(command(3)), std::back_inserter(all));
  for (const std::size_t part : {1U, 2U, 13U, 4096U}) {
    machine_.received = 0;
    start({.read_at_most = part});
    far_->write_now(all);
    poll();
    EXPECT_EQ(machine_.received, 50) << part;
    far_->close();
    poll();
  }
}

// It may have been a PIN.
TEST_F(MessageStreamTest, KeepsNothingOfWhatItHasRead) {
  const Data bytes = encoded(command(40));
  for (std::size_t first = 1; first <= bytes.size(); ++first) {
    start();
    far_->write_now(protocol::Bytes(bytes).first(first));
    poll();
    far_->write_now(protocol::Bytes(bytes).subspan(first));
    poll();
    EXPECT_FALSE(near_->left_something()) << first;
    far_->close();
    poll();
  }
}

// Else a peer that sends and does not read would make the answers grow.
TEST_F(MessageStreamTest, ReadsNothingFromAPeerThatDoesNotRead) {
  machine_.answer_size = protocol::vsc::kMaxPayload;
  start({.room = 0});
  const Data question = encoded(command(4000));
  for (int i = 0; i < 50; ++i) far_->write_now(question);
  poll();
  EXPECT_LE(machine_.received, 4) << "two maximal answers wait";
  EXPECT_GT(far_->unread(), 40 * question.size());
  EXPECT_FALSE(ended_);
  far_->close();
  poll();
  EXPECT_TRUE(ended_);
}

TEST_F(MessageStreamTest, TellsHowTheStreamEnded) {
  start();
  far_->close();
  poll();
  EXPECT_EQ(ended_, async::end_of_stream());

  start();
  near_->close();
  poll();
  EXPECT_EQ(ended_, async::aborted());

  start();
  far_->write_now(fakes::from_hex("0000000700000000ffffffff"));
  poll();
  EXPECT_EQ(ended_, make_error_code(protocol::Errc::PayloadTooLong));

  start({.hangs_up_after = 7});
  far_->write_now(encoded(command(5)));
  poll();
  EXPECT_EQ(ended_, async::end_of_stream()) << "in a message";
}

TEST_F(MessageStreamTest, EndsForItsOwnReasonOnceAllIsWritten) {
  start({.room = 3});
  messages_->send(protocol::vsc::encode(command(5)).view());
  messages_->end(make_error_code(protocol::Errc::ReaderRefused));
  messages_->end({});
  poll();
  EXPECT_FALSE(ended_) << "the other end has still to read";
  EXPECT_EQ(read_all(), encoded(command(5)));
  EXPECT_EQ(ended_, make_error_code(protocol::Errc::ReaderRefused)) << "the first one";
}

TEST_F(MessageStreamTest, HandsNothingOverAfterItsEnd) {
  start();
  messages_->end({});
  far_->write_now(encoded(command(5)));
  poll();
  EXPECT_TRUE(ended_);
  EXPECT_EQ(machine_.received, 0);
}

TEST_F(MessageStreamTest, CallsTheMachineWhenItsTimeHasComeThoughItBecameEarlier) {
  machine_.due = protocol::Clock::now() + std::chrono::hours(1);
  start();
  EXPECT_EQ(machine_.expired, 0);
  machine_.due = protocol::Clock::now();
  messages_->wake();
  read_all();
  EXPECT_EQ(machine_.expired, 1);
}

}  // namespace
}  // namespace vscard::session
