#include "chardev/nats/message.hpp"

#include <algorithm>
#include <sstream>

namespace vscard::chardev::nats {
namespace {

using protocol::ByteReader;
using protocol::Bytes;
using protocol::SecretBytes;
using Writer = protocol::ByteWriter<SecretBytes>;

enum class Kind : std::uint8_t { Open = 1, Accept, Refuse, Data, Close, Probe, InLine };

constexpr Milliseconds kDoesNotWait{0xffffffff};

/// To the end; what the peer says goes into the log.
std::string printable(ByteReader& in) {
  const Bytes bytes = in.bytes(std::min(in.remaining(), kMaxText));
  std::string text(bytes.begin(), bytes.end());
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

Open open_of(ByteReader& in) {
  Open open{.version = in.u8()};
  const Milliseconds waited(in.u32_be());
  if (waited != kDoesNotWait) open.waited = waited;
  std::istringstream words(printable(in));
  words >> open.subject;
  for (std::string label; words >> label;) open.labels.push_back(label);
  return open;
}

std::expected<Message, Errc> read_body(Kind kind, ByteReader& in) {
  switch (kind) {
    case Kind::Open:
      return open_of(in);
    case Kind::Accept:
      return Accept{};
    case Kind::Refuse:
      return Refuse{.reason = printable(in)};
    case Kind::Data: {
      const Count at = in.u32_be();
      const Count read = in.u32_be();
      return Data{.at = at, .read = read, .bytes = in.bytes(std::min(in.remaining(), kWindow))};
    }
    case Kind::Close:
      return Close{.at = in.u32_be()};
    case Kind::Probe:
      return Probe{};
    case Kind::InLine:
      return InLine{.place = in.u32_be()};
  }
  return std::unexpected(Errc::BadMessage);
}

class BodyWriter {
 public:
  explicit BodyWriter(Writer& writer) : out_(writer) {}

  void operator()(const Open& open) const {
    out_.u8(open.version);
    out_.u32_be(open.waited.value_or(kDoesNotWait).count());
    std::string words = open.subject;
    for (const std::string& label : open.labels) words += " " + label;
    text(words);
  }
  void operator()(const Accept& /*accept*/) const {}
  void operator()(const Refuse& refuse) const { text(refuse.reason); }
  void operator()(const Data& data) const {
    out_.u32_be(data.at);
    out_.u32_be(data.read);
    out_.bytes(data.bytes);
  }
  void operator()(const Close& close) const { out_.u32_be(close.at); }
  void operator()(const Probe& /*probe*/) const {}
  void operator()(const InLine& line) const { out_.u32_be(line.place); }

 private:
  void text(const std::string& text) const {
    for (const char c : text.substr(0, kMaxText)) out_.u8(static_cast<std::uint8_t>(c));
  }

  Writer& out_;
};

std::size_t room_for(const Message& message) {
  const auto* const data = std::get_if<Data>(&message);
  return data != nullptr ? kDataHeader + data->bytes.size() : kOpenHeader + kMaxText;
}

}  // namespace

std::expected<Message, Errc> decode(Bytes bytes) {
  ByteReader in(bytes);
  auto message = read_body(static_cast<Kind>(in.u8()), in);
  if (message && !in.ok_and_done()) return std::unexpected(Errc::BadMessage);
  return message;
}

SecretBytes encode(const Message& message) {
  auto bytes = SecretBytes::with_capacity(room_for(message));
  Writer out(bytes);
  out.u8(static_cast<std::uint8_t>(message.index() + 1));
  std::visit(BodyWriter(out), message);
  return bytes;
}

}  // namespace vscard::chardev::nats
