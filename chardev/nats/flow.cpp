#include "chardev/nats/flow.hpp"

#include "async/error.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace vscard::chardev::nats {

using protocol::Bytes;
using protocol::SecretBytes;
using protocol::Time;

namespace {

constexpr std::size_t kBlock = 4096;  ///< bytes

}  // namespace

std::optional<Data> Flow::write(Bytes bytes, std::size_t limit, Time now) {
  const Count unread = sent_ - peer_read_;
  const std::size_t room = kWindow - unread;
  const std::size_t size = std::min({bytes.size(), room, limit});
  if (ended() || size == 0) return std::nullopt;
  Data data = status(now);
  data.bytes = bytes.first(size);
  sent_ += static_cast<Count>(size);
  return data;
}

std::size_t Flow::read(std::span<std::uint8_t> into) {
  std::size_t done = 0;
  while (done < into.size() && !unread_.empty()) {
    const Bytes rest = unread_.front().view().subspan(unread_at_);
    const std::size_t size = std::min(rest.size(), into.size() - done);
    std::ranges::copy(rest.first(size), into.subspan(done).begin());
    done += size;
    unread_at_ += size;
    if (size < rest.size()) break;
    unread_.pop_front();
    unread_at_ = 0;
  }
  read_ += static_cast<Count>(done);
  return done;
}

void Flow::got(const Message& message, Time now) {
  if (ended()) return;
  heard_ = now;
  if (const auto* const data = std::get_if<Data>(&message)) {
    got_data(*data);
  } else if (const auto* const close = std::get_if<Close>(&message)) {
    got_close(*close);
  } else if (std::holds_alternative<Refuse>(message)) {
    fail(Errc::NobodyThere);
  } else {
    end(Errc::BadMessage);
  }
}

void Flow::got_data(const Data& data) {
  const Count ahead = data.at - received_;
  const Count behind = received_ - data.at;
  const bool repeated = ahead != 0 && behind <= kWindow && data.bytes.size() <= behind;
  const Count unread = received_ - read_;
  if (!note_read(data.read)) {
    end(Errc::BadMessage);
  } else if (ahead != 0 && !repeated) {
    end(Errc::Lost);
  } else if (!repeated && unread + data.bytes.size() > kWindow) {
    end(Errc::BeyondWindow);
  } else if (!repeated && !data.bytes.empty()) {
    received_ += static_cast<Count>(data.bytes.size());
    keep(data.bytes);
  }
}

/// Small messages to a reader that has stopped share blocks. One to a reader that waits for it is
/// as large as it is.
void Flow::keep(Bytes bytes) {
  if (unread_.empty()) {
    unread_.push_back(SecretBytes::copy_of(bytes));
    return;
  }
  SecretBytes& last = unread_.back();
  const std::size_t room = std::min(last.capacity() - last.size(), bytes.size());
  last.append(bytes.first(room));
  if (room == bytes.size()) return;
  auto block = SecretBytes::with_capacity(std::max(kBlock, bytes.size() - room));
  block.append(bytes.subspan(room));
  unread_.push_back(std::move(block));
}

void Flow::got_close(const Close& close) {
  if (close.at == received_) {
    fail(async::end_of_stream());
  } else {
    end(Errc::Lost);
  }
}

/// False: it cannot be. A message that comes late says less than is known.
bool Flow::note_read(Count read) {
  const Count ahead = read - peer_read_;
  const Count behind = peer_read_ - read;
  const Count unread = sent_ - peer_read_;
  if (ahead <= unread) peer_read_ = read;
  return ahead <= unread || behind <= kWindow;
}

void Flow::fail(std::error_code error) {
  if (!ended()) end_ = error;
}

void Flow::end(std::error_code error) {
  if (ended()) return;
  end_ = error;
  farewell_ = true;
}

std::optional<Message> Flow::next(Time now) {
  if (!ended() && now - heard_ >= kSilence) end(Errc::Silent);
  if (std::exchange(farewell_, false)) return Close{.at = sent_};
  if (ended()) return std::nullopt;
  const Count untold = read_ - told_read_;
  const bool reader_waits = untold >= kWindow / 2;
  if (!reader_waits && now - told_ < kTellEvery) return std::nullopt;
  return status(now);
}

bool Flow::doubtful(Time now) const {
  return !ended() && (sent_ != peer_read_ || now - heard_ > kTellEvery + kTellEvery / 5);
}

Data Flow::status(Time now) {
  told_ = now;
  told_read_ = read_;
  return {.at = sent_, .read = read_, .bytes = {}};
}

}  // namespace vscard::chardev::nats
