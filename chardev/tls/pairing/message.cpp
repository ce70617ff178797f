#include "chardev/tls/pairing/message.hpp"

namespace vscard::chardev::tls::pairing {
namespace {

constexpr std::size_t kHeader = 3;  ///< bytes
constexpr std::size_t kMaxBody = 1 + kMaxName + 2 + kMaxCertificate + kMaxProof;
enum class Type : std::uint8_t { Introduction = 1, Kept = 2, CodeUsed = 3 };

using Decoded = std::expected<Message, MessageErrc>;

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "pairing"; }
  std::string message(int /*value*/) const override {
    return "what it said is not a message of pairing: is one side older than the other?";
  }
};

protocol::Bytes bytes_of(const std::string& text) {
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}
std::vector<std::uint8_t> copy_of(protocol::Bytes bytes) { return {bytes.begin(), bytes.end()}; }

Decoded decode_introduction(protocol::Bytes body) {
  protocol::ByteReader in(body);
  const protocol::Bytes name = in.bytes(in.u8());
  const protocol::Bytes certificate = in.bytes(in.u16_be());
  if (!in.ok()) return std::unexpected(MessageErrc::Malformed);
  const protocol::Bytes proof = in.rest();
  if (name.size() > kMaxName || certificate.size() > kMaxCertificate || proof.size() > kMaxProof) {
    return std::unexpected(MessageErrc::TooLong);
  }
  return Introduction{.name = std::string(name.begin(), name.end()),
                      .certificate = copy_of(certificate),
                      .proof = copy_of(proof)};
}

Decoded decode(std::uint8_t type, protocol::Bytes body) {
  if (type == static_cast<std::uint8_t>(Type::Introduction)) return decode_introduction(body);
  if (!body.empty()) return std::unexpected(MessageErrc::Malformed);
  if (type == static_cast<std::uint8_t>(Type::Kept)) return Kept{};
  return CodeUsed{};
}

std::vector<std::uint8_t> encode_body(const Introduction& introduction) {
  std::vector<std::uint8_t> body;
  protocol::ByteWriter out(body);
  out.u8(static_cast<std::uint8_t>(introduction.name.size()));
  out.bytes(bytes_of(introduction.name));
  out.u16_be(static_cast<std::uint16_t>(introduction.certificate.size()));
  out.bytes(introduction.certificate);
  out.bytes(introduction.proof);
  return body;
}

}  // namespace

const std::error_category& message_category() {
  static const Category category;
  return category;
}

std::vector<std::uint8_t> encode(const Message& message) {
  std::vector<std::uint8_t> body;
  Type type = Type::Kept;
  if (const auto* introduction = std::get_if<Introduction>(&message)) {
    type = Type::Introduction;
    body = encode_body(*introduction);
  } else if (std::holds_alternative<CodeUsed>(message)) {
    type = Type::CodeUsed;
  }
  std::vector<std::uint8_t> bytes;
  protocol::ByteWriter out(bytes);
  out.u8(static_cast<std::uint8_t>(type));
  out.u16_be(static_cast<std::uint16_t>(body.size()));
  out.bytes(body);
  return bytes;
}

void MessageDecoder::feed(protocol::Bytes bytes) {
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

std::expected<std::optional<Message>, MessageErrc> MessageDecoder::next() {
  if (buffer_.size() < kHeader) return std::nullopt;
  protocol::ByteReader in(buffer_);
  const std::uint8_t type = in.u8();
  const std::size_t size = in.u16_be();
  if (type < static_cast<std::uint8_t>(Type::Introduction) ||
      type > static_cast<std::uint8_t>(Type::CodeUsed)) {
    return std::unexpected(MessageErrc::UnknownType);
  }
  if (size > kMaxBody) return std::unexpected(MessageErrc::TooLong);
  if (in.remaining() < size) return std::nullopt;
  auto decoded = decode(type, in.bytes(size));
  if (!decoded) return std::unexpected(decoded.error());
  const auto used = static_cast<std::ptrdiff_t>(kHeader + size);
  buffer_.erase(buffer_.begin(), buffer_.begin() + used);
  return std::move(*decoded);
}

}  // namespace vscard::chardev::tls::pairing
