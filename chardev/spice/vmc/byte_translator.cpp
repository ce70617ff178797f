#include "chardev/spice/vmc/byte_translator.hpp"

#include "chardev/spice/vmc/data_message.hpp"

#include <algorithm>
#include <utility>

namespace vscard::chardev::spice::vmc {
namespace {

/// Bytes of a kClientData; more goes in several.
constexpr std::size_t kMaxPiece = std::size_t{64} * 1024;

}  // namespace

std::error_code ByteTranslator::from_client(Bytes bytes) {
  while (!bytes.empty()) {
    const Bytes piece = bytes.first(std::min(bytes.size(), kMaxPiece));
    for_server_.push_back(protocol::SecretBytes::copy_of(piece));
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

std::error_code ByteTranslator::from_server(const Message& message) {
  if (message.type == kPortInit && awaited_) {
    const auto name = decode_port_name(message.body.view());
    if (!name) return name.error();
    if (*name != *awaited_) return Errc::AnotherPort;
    awaited_.reset();
  }
  if (message.type != kServerData || message.body.empty()) return {};
  if (awaited_) return Errc::BadMessage;
  for_client_.push_back(message.body.clone());
  return {};
}

Translator::Pieces ByteTranslator::take_for_client() { return std::exchange(for_client_, {}); }
Translator::Pieces ByteTranslator::take_for_server() { return std::exchange(for_server_, {}); }

}  // namespace vscard::chardev::spice::vmc
