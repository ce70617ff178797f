#include "chardev/spice/smartcard/vsc_translator.hpp"

#include "chardev/spice/smartcard/card_message.hpp"

#include <algorithm>
#include <system_error>

using namespace vscard;
using namespace vscard::protocol;
using namespace vscard::chardev::spice::smartcard;

namespace {

/// What a translator made of a client's stream.
struct Translated {
  VscTranslator::Pieces for_client;
  VscTranslator::Pieces for_server;
  std::error_code error;
  bool operator==(const Translated&) const = default;
};

Translated translate(Bytes stream, std::size_t part) {
  VscTranslator translator;
  Translated all;
  while (!stream.empty() && !all.error) {
    const Bytes piece = stream.first(std::min(part, stream.size()));
    stream = stream.subspan(piece.size());
    all.error = translator.from_client(piece);
  }
  all.for_client = translator.take_for_client();
  all.for_server = translator.take_for_server();
  return all;
}

/// The three words of a header in the other byte order.
SecretBytes turned(Bytes message) {
  auto out = SecretBytes::copy_of(message);
  for (std::size_t at = 0; at < vsc::kHeaderSize; at += 4) {
    std::ranges::reverse(out.data().subspan(at, 4));
  }
  return out;
}

/// What should be made of a message; the server's list says whether it knows a reader.
void expect(const vsc::Message& message, bool& reader_added, Translated& all) {
  const auto is = [&message]<class T>(T) { return std::holds_alternative<T>(message.body); };
  if (is(vsc::Init{})) {
    all.for_client.push_back(vsc::encode({vsc::kUndefinedReader, vsc::Init{}}));
  } else if (is(vsc::ReaderRemove{}) && !reader_added) {
    all.for_client.push_back(vsc::encode({message.reader, vsc::Error{vsc::ErrorCode::General}}));
  } else if (!is(vsc::FlushComplete{})) {
    all.for_server.push_back(turned(vsc::encode(message).view()));
  }
  if (is(vsc::ReaderAdd{})) reader_added = true;
  if (is(vsc::ReaderRemove{})) reader_added = false;
}

Translated expected(Bytes stream) {
  vsc::Decoder decoder;
  decoder.feed(stream);
  Translated all;
  bool reader_added = false;
  auto message = decoder.next();
  for (; message && *message; message = decoder.next()) expect(**message, reader_added, all);
  if (!message) all.error = message.error();
  return all;
}

/// A card message is turned whole, or refused whole.
void check_from_server(Bytes body) {
  VscTranslator translator;
  const bool taken =
      !translator.from_server({chardev::spice::kServerData, SecretBytes::copy_of(body)});
  const auto messages = translator.take_for_client();
  if (messages.size() != (taken ? 1U : 0U) || !translator.take_for_server().empty()) {
    __builtin_trap();
  }
  if (taken && !std::ranges::equal(turned(messages[0].view()).view(), body)) __builtin_trap();
}

/// On the channel it is one message.
void check_on_channel(Bytes body) {
  const SecretBytes written = chardev::spice::encode_message(chardev::spice::kClientData, body);
  chardev::spice::MessageDecoder decoder(kCardChannel);
  decoder.feed(written.view());
  const auto message = decoder.next();
  if (!message || !*message || decoder.in_message()) __builtin_trap();
  if ((*message)->type != chardev::spice::kServerData) __builtin_trap();
  if (!std::ranges::equal((*message)->body.view(), body)) __builtin_trap();
}

}  // namespace

// The size of a piece, and bytes that are a client's stream, and a card message of a server.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in({data, size});
  const std::size_t part = 1 + std::size_t{in.u8()};
  const Bytes bytes = in.rest();
  const Translated wanted = expected(bytes);
  if (translate(bytes, part) != wanted) __builtin_trap();
  for (const auto& body : wanted.for_server) {
    check_from_server(body.view());
    check_on_channel(body.view());
  }
  check_from_server(bytes);
  return 0;
}
