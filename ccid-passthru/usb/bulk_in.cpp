#include "ccid-passthru/usb/bulk_in.hpp"

#include "ccid-passthru/usb/bulk_out.hpp"

#include <algorithm>
#include <utility>

namespace vscard::ccid_passthru::usb {

void BulkIn::push_answer(protocol::SecretBytes message) {
  drop_extension();
  messages_.push_back({std::move(message), 0, false});
}

void BulkIn::push_time_extension(protocol::SecretBytes message) {
  drop_extension();
  messages_.push_back({std::move(message), 0, true});
}

/// One that has not been read is of no use once another message follows.
void BulkIn::drop_extension() {
  std::erase_if(messages_, [](const Waiting& it) { return it.extension && it.sent == 0; });
}

std::optional<protocol::SecretBytes> BulkIn::take(std::size_t length) {
  if (std::exchange(owes_empty_, false)) return protocol::SecretBytes();
  if (messages_.empty()) return std::nullopt;
  Waiting& first = messages_.front();
  const protocol::Bytes rest = first.message.view().subspan(first.sent);
  auto piece = protocol::SecretBytes::copy_of(rest.first(std::min(length, rest.size())));
  first.sent += piece.size();
  if (piece.size() < rest.size()) return piece;
  messages_.pop_front();
  owes_empty_ = piece.size() == length && piece.size() % kPiece == 0;
  return piece;
}

void BulkIn::keep_newest() {
  while (messages_.size() > 1) messages_.pop_front();
}

void BulkIn::realign() {
  if (!messages_.empty() && messages_.front().sent > 0) messages_.pop_front();
  owes_empty_ = false;
}

void BulkIn::clear() {
  messages_.clear();
  owes_empty_ = false;
}

}  // namespace vscard::ccid_passthru::usb
