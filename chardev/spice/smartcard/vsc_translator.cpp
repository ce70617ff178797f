#include "chardev/spice/smartcard/vsc_translator.hpp"

#include <utility>
#include <variant>

namespace vscard::chardev::spice::smartcard {
namespace {

namespace vsc = protocol::vsc;
using protocol::ByteReader;
using protocol::Bytes;
using protocol::ByteWriter;
using protocol::SecretBytes;

SecretBytes to_little_endian(Bytes message) {
  auto turned = SecretBytes::with_capacity(message.size());
  ByteReader in(message);
  ByteWriter out(turned);
  for (std::size_t at = 0; at < vsc::kHeaderSize; at += sizeof(std::uint32_t)) {
    out.u32_le(in.u32_be());
  }
  out.bytes(in.rest());
  return turned;
}

}  // namespace

std::error_code VscTranslator::from_client(Bytes bytes) {
  decoder_.feed(bytes);
  while (true) {
    const auto message = decoder_.next();
    if (!message) return message.error();
    if (!*message) return {};
    translate(**message);
  }
}

std::error_code VscTranslator::from_server(const Message& message) {
  if (message.type != kServerData) return {};
  const Bytes body = message.body.view();
  ByteReader in(body);
  const std::uint32_t type = in.u32_le();
  const std::uint32_t reader = in.u32_le();
  const std::uint32_t length = in.u32_le();
  if (!in.ok() || length != in.remaining()) return Errc::BadMessage;
  auto turned = SecretBytes::with_capacity(body.size());
  ByteWriter out(turned);
  out.u32_be(type);
  out.u32_be(reader);
  out.u32_be(length);
  out.bytes(in.rest());
  for_client_.push_back(std::move(turned));
  return {};
}

Translator::Pieces VscTranslator::take_for_client() { return std::exchange(for_client_, {}); }
Translator::Pieces VscTranslator::take_for_server() { return std::exchange(for_server_, {}); }

void VscTranslator::translate(const vsc::Message& message) {
  if (std::holds_alternative<vsc::Init>(message.body)) {
    for_client_.push_back(vsc::encode({protocol::vsc::kUndefinedReader, vsc::Init{}}));
    return;
  }
  if (std::holds_alternative<vsc::FlushComplete>(message.body)) return;
  if (std::holds_alternative<vsc::ReaderAdd>(message.body)) reader_added_ = true;
  if (std::holds_alternative<vsc::ReaderRemove>(message.body) &&
      !std::exchange(reader_added_, false)) {
    for_client_.push_back(vsc::encode({message.reader, vsc::Error{vsc::ErrorCode::General}}));
    return;
  }
  for_server_.push_back(to_little_endian(vsc::encode(message).view()));
}

}  // namespace vscard::chardev::spice::smartcard
