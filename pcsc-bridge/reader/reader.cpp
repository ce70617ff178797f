#include "pcsc-bridge/reader/reader.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace vscard::pcsc_bridge::reader {
namespace {

using protocol::Errc;
using protocol::vsc::VscHost;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
/// Until a peer is tried again that is none of ours, or wants nothing of us.
constexpr std::chrono::seconds kRetryHopelessPeer{10};

}  // namespace

Reader::Reader(const asio::any_io_executor& executor, std::shared_ptr<Channel> channel,
               session::Link::Notify notify)
    : channel_(std::move(channel)),
      notify_(std::move(notify)),
      client_(executor, *this, channel_->options.client, channel_->options.apdu_timeout),
      link_(
          executor, {.endpoint = channel_->options.endpoint}, *channel_->options.transport,
          [this](chardev::Stream& stream) { return serve(stream); }, notify_),
      pause_(executor) {}

Result<> Reader::open() { return link_.open(); }

/// A program would end with a hopeless peer, and be started again by its user. A reader cannot.
Awaitable<void> Reader::run() {
  std::string said;
  while (!closed_) {
    auto running = link_.run();
    const auto ended = co_await std::move(running);
    if (ended || closed_) break;
    if (ended.error().text != said) {
      said = ended.error().text;
      notify_({session::Notice::Severity::Warning, said + "; trying again every now and then"});
    }
    pause_.expires_after(kRetryHopelessPeer);
    co_await pause_.async_wait(kAsTuple);
  }
}

Awaitable<session::Ending> Reader::serve(chardev::Stream& stream) {
  stream_ = &stream;
  auto conversation = client_.serve(stream);
  const session::Ending ending = co_await std::move(conversation);
  stream_ = nullptr;
  co_return ending;
}

void Reader::close() {
  closed_ = true;
  pause_.cancel();
  link_.stop();
  if (stream_ != nullptr) stream_->close();
}

void Reader::transmit(protocol::SecretBytes command, AnswerPlace answer) {
  if (answer_) {
    *answer = std::unexpected(Errc::TooManyCommands);
  } else if (!reader_ || !channel_->slot.settled()) {
    // There is no card, or another one than pcscd knows of.
    *answer = std::unexpected(Errc::NoCard);
  } else {
    answer_ = std::move(answer);
    client_.transmit(*reader_, std::move(command));
  }
}

void Reader::perform(VscHost::Action action) {
  if (const auto* added = std::get_if<VscHost::ReaderAdded>(&action)) {
    reader_ = added->reader;
  } else if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    note("card inserted");
    channel_->slot.insert(inserted->atr);
  } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
    note("card removed");
    channel_->slot.remove();
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    finish(std::move(response->bytes));
  } else if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action)) {
    warn("a command got no answer: " + make_error_code(failed->reason).message());
    finish(std::unexpected(failed->reason));
  } else if (std::holds_alternative<VscHost::ReaderRemoved>(action)) {
    reader_.reset();
  }
}

void Reader::finish(Answer answer) {
  if (!answer_) return;
  *answer_ = std::move(answer);
  answer_.reset();
}

void Reader::note(const std::string& text) const {
  notify_({session::Notice::Severity::Info, link_.address() + ": " + text});
}
void Reader::warn(const std::string& text) const {
  notify_({session::Notice::Severity::Warning, link_.address() + ": " + text});
}

}  // namespace vscard::pcsc_bridge::reader
