#include "pcsc-bridge/reader/reader.hpp"

#include <utility>

namespace vscard::pcsc_bridge::reader {

using protocol::Errc;
using protocol::vsc::VscHost;

Reader::Reader(const asio::any_io_executor& executor, std::shared_ptr<Channel> channel,
               Notify notify)
    : channel_(std::move(channel)), link_(executor, channel_->options, *this, std::move(notify)) {}

void Reader::transmit(protocol::SecretBytes command, AnswerPlace answer) {
  if (answer_) {
    *answer = std::unexpected(Errc::TooManyCommands);
  } else if (!reader_ || !channel_->slot.settled()) {
    // There is no card, or another one than pcscd knows of.
    *answer = std::unexpected(Errc::NoCard);
  } else {
    answer_ = std::move(answer);
    link_.client().transmit(*reader_, std::move(command));
  }
}

void Reader::power(protocol::vsc::PowerAction action) {
  if (reader_) link_.client().power(*reader_, action);
}

void Reader::perform(VscHost::Action action) {
  if (const auto* added = std::get_if<VscHost::ReaderAdded>(&action)) {
    reader_ = added->reader;
    channel_->max_command = link_.client().client().max_command;
  } else if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    link_.report(Notice::Severity::Info, "card inserted");
    channel_->slot.insert(inserted->atr);
  } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
    link_.report(Notice::Severity::Info, "card removed");
    channel_->slot.remove();
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    finish(std::move(response->bytes));
  } else if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action)) {
    link_.report(Notice::Severity::Warning,
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

}  // namespace vscard::pcsc_bridge::reader
