#include "pcsc-bridge/ifd/reader.hpp"

#include "pcsc-bridge/ifd/log.hpp"

#include <utility>

namespace vscard::ifd {

using protocol::Errc;
using protocol::VscHost;

namespace {

/// What the link has to say names its address.
void tell(const session::Notice& notice) {
  const bool warning = notice.severity == session::Notice::Severity::Warning;
  warning ? log::error(notice.text.c_str()) : log::info(notice.text.c_str());
}

}  // namespace

Reader::Reader(const asio::any_io_executor& executor, ChannelOptions options,
               std::shared_ptr<Slot> slot)
    : address_(options.endpoint.address.text()),
      slot_(std::move(slot)),
      client_(executor, *this, options.client, options.apdu_timeout),
      link_(
          executor, {.endpoint = options.endpoint}, *options.transport,
          [this](chardev::Stream& stream) { return serve(stream); }, tell) {}

std::expected<void, std::string> Reader::open() { return link_.open(); }

Awaitable<void> Reader::run() {
  auto running = link_.run();
  const auto ended = co_await std::move(running);
  if (!ended) error(ended.error() + "; the reader stays empty until pcscd is restarted");
}

Awaitable<session::Ending> Reader::serve(chardev::Stream& stream) {
  stream_ = &stream;
  auto conversation = client_.serve(stream);
  const session::Ending ending = co_await std::move(conversation);
  stream_ = nullptr;
  co_return ending;
}

void Reader::close() {
  link_.stop();
  if (stream_ != nullptr) stream_->close();
}

void Reader::transmit(protocol::SecretBytes command, std::promise<Answer> answer) {
  if (answer_ || (reader_ && client_.pending(*reader_))) {
    error("a command came while another one was under way");
    answer.set_value(std::unexpected(Errc::TooManyCommands));
  } else if (!reader_ || !slot_->settled()) {
    // No card, or not the one that the command is meant for.
    answer.set_value(std::unexpected(Errc::NoCard));
  } else {
    answer_ = std::move(answer);
    client_.transmit(*reader_, std::move(command));
  }
}

void Reader::perform(VscHost::Action action) {
  if (const auto* added = std::get_if<VscHost::ReaderAdded>(&action)) {
    reader_ = added->reader;
  } else if (const auto* inserted = std::get_if<VscHost::CardInserted>(&action)) {
    info("card inserted");
    slot_->insert(inserted->atr);
  } else if (std::holds_alternative<VscHost::CardRemoved>(action)) {
    info("card removed");
    slot_->remove();
  } else if (auto* response = std::get_if<VscHost::Response>(&action)) {
    finish(std::move(response->bytes));
  } else if (const auto* failed = std::get_if<VscHost::NoAnswer>(&action)) {
    error("a command got no answer: " + make_error_code(failed->reason).message());
    finish(std::unexpected(failed->reason));
  } else if (std::holds_alternative<VscHost::ReaderRemoved>(action)) {
    reader_.reset();
  }
}

void Reader::finish(Answer answer) {
  if (!answer_) return;
  answer_->set_value(std::move(answer));
  answer_.reset();
}

void Reader::info(const std::string& text) const { log::info((address_ + ": " + text).c_str()); }
void Reader::error(const std::string& text) const { log::error((address_ + ": " + text).c_str()); }

}  // namespace vscard::ifd
