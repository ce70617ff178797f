#include "ccid-passthru/ccid/chaining.hpp"

#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <utility>

namespace vscard::ccid_passthru::ccid {

std::expected<void, Error> CommandChain::add(Chain chain, protocol::Bytes part) {
  switch (chain) {
    case Chain::Whole:
      command_ = protocol::SecretBytes::copy_of(part);
      return {};
    case Chain::First:
      command_ = protocol::SecretBytes::with_capacity(protocol::iso7816::kMaxCommandApdu);
      break;
    case Chain::Middle:
    case Chain::Last:
      break;
    case Chain::Next:
      command_.reset();
      break;
  }
  if (!command_) return std::unexpected(Error::BadLevelParameter);
  if (part.size() > command_->capacity() - command_->size()) {
    command_.reset();
    return std::unexpected(Error::BadLength);
  }
  command_->append(part);
  return {};
}

protocol::SecretBytes CommandChain::take() {
  protocol::SecretBytes command;
  if (command_) command = std::move(*command_);
  command_.reset();
  return command;
}

void ResponseChain::start(protocol::SecretBytes response) {
  response_ = std::move(response);
  given_ = 0;
}

std::optional<ResponseChain::Part> ResponseChain::next(std::size_t max) {
  if (done()) return std::nullopt;
  const bool first = given_ == 0;
  const protocol::Bytes rest = response_.view().subspan(given_);
  const protocol::Bytes bytes = rest.first(std::min(max, rest.size()));
  given_ += bytes.size();
  if (done()) return Part{.chain = first ? Chain::Whole : Chain::Last, .bytes = bytes};
  return Part{.chain = first ? Chain::First : Chain::Middle, .bytes = bytes};
}

}  // namespace vscard::ccid_passthru::ccid
