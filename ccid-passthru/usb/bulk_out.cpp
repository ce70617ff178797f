#include "ccid-passthru/usb/bulk_out.hpp"

#include <algorithm>

namespace vscard::ccid_passthru::usb {
namespace {

/// Does a transfer of this length end a message, whatever its header says?
bool ends_a_message(std::size_t length) { return length % kPiece != 0; }

}  // namespace

BulkOut::Outcome BulkOut::feed(protocol::Bytes transfer) {
  if (skipping_) {
    skipping_ = !transfer.empty() && !ends_a_message(transfer.size());
    return Outcome::Incomplete;
  }
  if (transfer.empty()) return Outcome::Incomplete;
  if (collected_.size() == collected_.capacity()) return begin(transfer);

  const std::size_t missing = collected_.capacity() - collected_.size();
  if (transfer.size() > missing || (transfer.size() < missing && ends_a_message(transfer.size()))) {
    return reject(collected_.view(), transfer);
  }
  collected_.append(transfer);
  if (transfer.size() < missing) return Outcome::Incomplete;
  message_ = collected_.view();
  return Outcome::Message;
}

BulkOut::Outcome BulkOut::begin(protocol::Bytes transfer) {
  clear();
  const auto length = ccid::announced_length(transfer);
  if (!length) return Outcome::Nonsense;
  const std::uint64_t size = std::uint64_t{ccid::kHeaderSize} + *length;
  if (size > limits_.max_message || transfer.size() > size ||
      (transfer.size() < size && ends_a_message(transfer.size()))) {
    return reject(transfer, transfer);
  }
  if (transfer.size() == size) {
    message_ = transfer;
    return Outcome::Message;
  }
  collected_ = protocol::SecretBytes::with_capacity(size);
  collected_.append(transfer);
  return Outcome::Incomplete;
}

/// `begun` starts with the header, `transfer` is what showed that the length is wrong.
BulkOut::Outcome BulkOut::reject(protocol::Bytes begun, protocol::Bytes transfer) {
  std::ranges::copy(begun.first(ccid::kHeaderSize), rejected_.begin());
  clear();
  message_ = rejected_;
  skipping_ = !ends_a_message(transfer.size());
  return Outcome::Malformed;
}

void BulkOut::clear() {
  collected_ = {};
  message_ = {};
  skipping_ = false;
}

}  // namespace vscard::ccid_passthru::usb
