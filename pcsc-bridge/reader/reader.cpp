#include "pcsc-bridge/reader/reader.hpp"

#include <utility>

namespace vscard::pcsc_bridge::reader {
namespace {

using protocol::Errc;
using protocol::vsc::VscHost;

/// Until a remote is tried again that is none of ours, or wants nothing of us.
constexpr std::chrono::seconds kRetryHopeless{10};

}  // namespace

Reader::Reader(const asio::any_io_executor& executor, std::shared_ptr<Channel> channel,
               Notify notify)
    : channel_(std::move(channel)),
      notify_(std::move(notify)),
      client_(executor, channel_->options, *this, notify_) {}

/// A program would end with a hopeless remote, and be started again by its user. A reader cannot.
Awaitable<void> Reader::run() {
  std::string said;
  while (!closed_) {
    const auto ended = co_await client_.run();
    if (ended || closed_) break;
    if (ended.error().text != said) {
      said = ended.error().text;
      notify_({Notice::Severity::Warning, said + "; trying again from time to time"});
    }
    co_await closing_.wait_for(kRetryHopeless);
  }
}

void Reader::close() {
  closed_ = true;
  closing_.notify();
  client_.leave();
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

void Reader::power(protocol::vsc::PowerAction action) {
  if (reader_) client_.power(*reader_, action);
}

void Reader::perform(VscHost::Action action) {
  if (const auto* added = std::get_if<VscHost::ReaderAdded>(&action)) {
    reader_ = added->reader;
    channel_->max_command = client_.client().max_command;
  } else if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    report(Notice::Severity::Info, "card inserted");
    channel_->slot.insert(inserted->atr);
  } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
    report(Notice::Severity::Info, "card removed");
    channel_->slot.remove();
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    finish(std::move(response->bytes));
  } else if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action)) {
    report(Notice::Severity::Warning,
           "a command got no answer: " + make_error_code(failed->reason).message());
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

void Reader::report(Notice::Severity severity, const std::string& text) const {
  notify_({severity, client_.address() + ": " + text});
}

}  // namespace vscard::pcsc_bridge::reader
