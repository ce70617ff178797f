#include "session/vpcd_link.hpp"

#include <utility>

namespace vscard::session {
namespace {

using protocol::Clock;
using protocol::vpcd::VpcdCard;
using protocol::vsc::VscClient;

constexpr protocol::vsc::ReaderId kReader{0};

LinkOptions link_of(const VscLinkOptions& options) {
  LinkOptions link = options.link;
  link.next_peer = LinkOptions::NextPeer::Waits;
  return link;
}

}  // namespace

VpcdLink::VpcdLink(const asio::any_io_executor& executor, const VscLinkOptions& options,
                   CardSide& card, Notify notify, std::function<void()> remote_changed)
    : card_(card),
      notify_(std::move(notify)),
      machine_(options.apdu_timeout),
      link_(
          executor, link_of(options), *options.transport,
          [this](chardev::Stream& stream) { return serve(stream); },
          [this](const Notice& notice) { note_failure(notice); }, std::move(remote_changed)) {
  link_.hold();
}

void VpcdLink::leave() {
  link_.stop();
  if (stream_ != nullptr) stream_->end({});
}

void VpcdLink::insert_card(ReaderId reader, const protocol::iso7816::Atr& atr) {
  if (atr_) remove_card(reader);
  atr_ = atr;
  unreachable_ = false;
  link_.release();
}

/// Seen as removed and inserted: so what was verified is so no more.
void VpcdLink::reset_card(ReaderId reader, const protocol::iso7816::Atr& atr) {
  insert_card(reader, atr);
}

void VpcdLink::remove_card(ReaderId /*reader*/) {
  atr_.reset();
  link_.hold();
  if (stream_ != nullptr) stream_->end({});
}

void VpcdLink::respond(ReaderId /*reader*/, protocol::SecretBytes response) {
  if (response.size() > protocol::vpcd::kMaxMessage) {
    card_.perform(VscClient::ResponseTooLong{
        .reader = kReader, .size = response.size(), .limit = protocol::vpcd::kMaxMessage});
  }
  perform(machine_.respond(response));
}

void VpcdLink::no_answer(ReaderId /*reader*/) { perform(machine_.no_answer()); }

bool VpcdLink::settled(ReaderId /*reader*/) const {
  return atr_ ? machine_.seen() || unreachable_ : stream_ == nullptr;
}

Awaitable<Ending> VpcdLink::serve(chardev::Stream& stream) {
  // A vpcd waits for an ATR as long as it takes: without a card it gets no connection.
  if (!atr_) stream.close();
  if (!atr_) co_return Ending{};
  StreamLoop loop(stream, *this);
  decoder_ = {};
  stream_ = &loop;
  machine_.start(*atr_);
  const std::error_code error = co_await loop.run();
  stream_ = nullptr;
  machine_.lost();
  stream.close();
  card_.host_has_gone();
  co_return Ending{.error = error};
}

std::optional<std::error_code> VpcdLink::receive(protocol::Bytes bytes) {
  decoder_.feed(bytes);
  while (stream_ != nullptr && !stream_->ended()) {
    auto message = decoder_.next();
    if (!message) break;
    perform(machine_.receive(std::move(*message), Clock::now()));
  }
  return std::nullopt;
}

void VpcdLink::perform(VpcdCard::Actions actions) {
  for (auto& action : actions) {
    if (auto* send = std::get_if<VpcdCard::Send>(&action)) {
      if (stream_ != nullptr) stream_->send(send->bytes.view());
    } else if (auto* transmission = std::get_if<VpcdCard::Transmit>(&action)) {
      card_.perform(
          VscClient::Transmit{.reader = kReader, .command = std::move(transmission->command)});
    } else if (const auto* reset = std::get_if<VpcdCard::Reset>(&action)) {
      card_.perform(VscClient::Reset{.reader = kReader, .power = reset->power});
    } else if (std::holds_alternative<VpcdCard::Seen>(action)) {
      link_.note_greeting();
      card_.perform(VscClient::ReaderAccepted{kReader});
      card_.host_has_answered();
    } else if (const auto* ended = std::get_if<VpcdCard::Ended>(&action)) {
      if (stream_ != nullptr) stream_->end(make_error_code(ended->error));
    }
  }
  if (stream_ != nullptr) stream_->wake();
}

void VpcdLink::note_failure(const Notice& notice) {
  if (notice.severity == Notice::Severity::Warning) {
    unreachable_ = true;
    card_.host_has_answered();
  }
  notify_(notice);
}

}  // namespace vscard::session
