#include "protocol/vsc/decoder.hpp"

#include <algorithm>
#include <utility>

namespace vscard::protocol::vsc {
namespace {

constexpr std::size_t kMinInitPayload = 8;  ///< bytes: an old peer sends no capability word
constexpr std::size_t kMaxInitPayload = 256;
constexpr std::size_t kMaxExtHelloPayload = 4096;

bool known(std::uint32_t type) {
  const auto within = [type](Type first, Type last) {
    return type >= static_cast<std::uint32_t>(first) && type <= static_cast<std::uint32_t>(last);
  };
  return within(Type::Init, Type::FlushComplete) || within(Type::ExtHello, Type::ReaderUse);
}

/// May a message of this type have a payload of this length?
bool fits(Type type, std::size_t length) {
  switch (type) {
    case Type::Init:
      return length >= kMinInitPayload && length <= kMaxInitPayload && length % 4 == 0;
    case Type::Error:
    case Type::Ping:
    case Type::Pong:
    case Type::Received:
      return length == 4;
    case Type::ReaderAdd:
      return length <= kMaxReaderName;
    case Type::ReaderRemove:
    case Type::CardRemove:
    case Type::Flush:
    case Type::FlushComplete:
    case Type::Bye:
    case Type::Cancel:
    case Type::Working:
      return length == 0;
    case Type::Resume:
      return length == 0 || length == kProofSize;
    case Type::Power:
      return length == sizeof(PowerAction);
    case Type::ReaderUse:
      return length == sizeof(Use);
    case Type::ExtHello:
      return length <= kMaxExtHelloPayload;
    case Type::Atr:
    case Type::Apdu:
    case Type::Ahead:
      return true;
  }
  return false;
}

std::expected<Body, Errc> decode_init(const SecretBytes& payload) {
  ByteReader in(payload.view());
  if (!std::ranges::equal(in.bytes(kMagic.size()), kMagic)) return std::unexpected(Errc::BadMagic);
  Init init;
  init.version = in.u32_be();
  if (in.remaining() > 0) init.capabilities = in.u32_be();
  return init;  // further capability words are reserved
}

std::expected<Body, Errc> decode_power(Bytes payload) {
  const PowerAction action{payload[0]};
  if (action > PowerAction::WarmReset) return std::unexpected(Errc::BadExtension);
  return Power{action};
}

std::expected<Body, Errc> decode_reader_use(Bytes payload) {
  const Use use{payload[0]};
  if (use > Use::NoPlace) return std::unexpected(Errc::BadExtension);
  return ReaderUse{use};
}

std::expected<Body, Errc> decode_ahead(Bytes payload) {
  auto ahead = read_exchanges(payload);
  if (!ahead) return std::unexpected(ahead.error());
  return std::move(*ahead);
}

Resume decode_resume(Bytes payload) {
  if (payload.empty()) return {};
  ByteReader in(payload);
  ResumeProof proof;
  std::ranges::copy(in.bytes(proof.secret.size()), proof.secret.begin());
  proof.received = in.u32_be();
  return {proof};
}

std::expected<Body, Errc> decode_body(Type type, SecretBytes payload) {
  switch (type) {
    case Type::Init:
      return decode_init(payload);
    case Type::Error:
      return Error{static_cast<ErrorCode>(ByteReader(payload.view()).u32_be())};
    case Type::ReaderAdd: {
      const Bytes name = payload.view();
      return ReaderAdd{std::string(name.begin(), name.end())};
    }
    case Type::ReaderRemove:
      return ReaderRemove{};
    case Type::Atr:
      return CardAtr{std::move(payload)};
    case Type::CardRemove:
      return CardRemove{};
    case Type::Apdu:
      return Apdu{std::move(payload)};
    case Type::Flush:
      return Flush{};
    case Type::FlushComplete:
      return FlushComplete{};
    case Type::ExtHello:
      return read_items(payload.view());
    case Type::Power:
      return decode_power(payload.view());
    case Type::Ahead:
      return decode_ahead(payload.view());
    case Type::Ping:
      return Ping{ByteReader(payload.view()).u32_be()};
    case Type::Pong:
      return Pong{ByteReader(payload.view()).u32_be()};
    case Type::Received:
      return Received{ByteReader(payload.view()).u32_be()};
    case Type::Resume:
      return decode_resume(payload.view());
    case Type::Bye:
      return Bye{};
    case Type::Cancel:
      return Cancel{};
    case Type::Working:
      return Working{};
    case Type::ReaderUse:
      return decode_reader_use(payload.view());
  }
  return std::unexpected(Errc::UnexpectedMessage);
}

}  // namespace

std::expected<std::optional<Message>, Errc> Decoder::next() {
  if (error_) return std::unexpected(*error_);
  if (header_size_ < kHeaderSize) {
    if (!read_header()) return std::nullopt;
    if (header_.length > kMaxPayload) return std::unexpected(fail(Errc::PayloadTooLong));
    if (known(header_.type)) {
      if (!fits(Type{header_.type}, header_.length)) return std::unexpected(fail(Errc::BadLength));
      payload_ = SecretBytes::with_capacity(header_.length);
    }
  }
  if (!read_payload()) return std::nullopt;

  header_size_ = 0;
  skipped_ = 0;
  if (!known(header_.type)) {
    return Message{header_.reader, Unknown{header_.type, header_.length}};
  }
  auto body = decode_body(Type{header_.type}, std::move(payload_));
  if (!body) return std::unexpected(fail(body.error()));
  return Message{header_.reader, std::move(*body)};
}

/// Is the header complete?
bool Decoder::read_header() {
  const Bytes part = input_.bytes(std::min(kHeaderSize - header_size_, input_.remaining()));
  std::ranges::copy(part, header_bytes_.begin() + static_cast<std::ptrdiff_t>(header_size_));
  header_size_ += part.size();
  if (header_size_ < kHeaderSize) return false;
  ByteReader in(header_bytes_);
  header_.type = in.u32_be();
  header_.reader = ReaderId{in.u32_be()};
  header_.length = in.u32_be();
  return true;
}

/// Is the payload complete?
bool Decoder::read_payload() {
  if (!known(header_.type)) {
    const std::size_t missing = header_.length - skipped_;
    skipped_ +=
        static_cast<std::uint32_t>(input_.bytes(std::min(missing, input_.remaining())).size());
    return skipped_ == header_.length;
  }
  const std::size_t missing = header_.length - payload_.size();
  payload_.append(input_.bytes(std::min(missing, input_.remaining())));
  return payload_.size() == header_.length;
}

Errc Decoder::fail(Errc errc) {
  error_ = errc;
  payload_ = {};
  return errc;
}

}  // namespace vscard::protocol::vsc
