#include "protocol/vsc/message.hpp"

#include <array>

namespace vscard::protocol::vsc {
namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

std::uint32_t type_of(const Body& body) {
  // The variant lists the types in the order of their numbers, and Unknown last.
  if (const auto* unknown = std::get_if<Unknown>(&body)) return unknown->type;
  const auto number = static_cast<std::uint32_t>(body.index() + 1);
  const auto stock = static_cast<std::uint32_t>(Type::FlushComplete);
  return number <= stock ? number : number - stock - 1 + static_cast<std::uint32_t>(Type::ExtHello);
}

std::size_t payload_size(const Body& body) {
  return std::visit(Overloaded{[](const Init&) { return kInitPayload; },
                               [](const Error&) { return sizeof(std::uint32_t); },
                               [](const ReaderAdd& add) { return add.name.size(); },
                               [](const CardAtr& card) { return card.atr.size(); },
                               [](const Apdu& apdu) { return apdu.bytes.size(); },
                               [](const ExtHello& hello) { return encoded_size(hello); },
                               [](const Power&) { return sizeof(PowerAction); },
                               [](const ReaderUse&) { return sizeof(Use); },
                               [](const Ahead& ahead) { return encoded_size(ahead); },
                               [](const Ping&) { return sizeof(std::uint32_t); },
                               [](const Pong&) { return sizeof(std::uint32_t); },
                               [](const Received&) { return sizeof(std::uint32_t); },
                               [](const Resume& it) { return it.proof ? kProofSize : 0; },
                               [](const auto&) { return std::size_t{0}; }},
                    body);
}

void write_payload(ByteWriter<SecretBytes>& out, const Body& body) {
  std::visit(
      Overloaded{[&](const Init& init) {
                   out.bytes(kMagic);
                   out.u32_be(init.version);
                   out.u32_be(init.capabilities);
                 },
                 [&](const Error& error) { out.u32_be(static_cast<std::uint32_t>(error.code)); },
                 [&](const ReaderAdd& add) {
                   for (const char c : add.name) out.u8(static_cast<std::uint8_t>(c));
                 },
                 [&](const CardAtr& card) { out.bytes(card.atr.view()); },
                 [&](const Apdu& apdu) { out.bytes(apdu.bytes.view()); },
                 [&](const ExtHello& hello) { write_items(out, hello); },
                 [&](const Power& power) { out.u8(static_cast<std::uint8_t>(power.action)); },
                 [&](const ReaderUse& it) { out.u8(static_cast<std::uint8_t>(it.use)); },
                 [&](const Ahead& ahead) { write_exchanges(out, ahead); },
                 [&](const Ping& ping) { out.u32_be(ping.token); },
                 [&](const Pong& pong) { out.u32_be(pong.token); },
                 [&](const Received& received) { out.u32_be(received.count); },
                 [&](const Resume& resume) {
                   if (!resume.proof) return;
                   out.bytes(resume.proof->secret);
                   out.u32_be(resume.proof->received);
                 },
                 [](const auto&) {}},
      body);
}

}  // namespace

std::size_t encoded_size(const Message& message) {
  return kHeaderSize + payload_size(message.body);
}

SecretBytes encode(const Message& message) {
  const std::size_t length = payload_size(message.body);
  SecretBytes bytes = SecretBytes::with_capacity(kHeaderSize + length);
  ByteWriter out(bytes);
  out.u32_be(type_of(message.body));
  out.u32_be(static_cast<std::uint32_t>(message.reader));
  out.u32_be(static_cast<std::uint32_t>(length));
  write_payload(out, message.body);
  return bytes;
}

std::string name_of(const Message& message) {
  static constexpr std::array<const char*, 20> kNames{
      "Init",     "Error",         "ReaderAdd", "ReaderRemove", "ATR",     "CardRemove", "APDU",
      "Flush",    "FlushComplete", "ExtHello",  "Power",        "Ahead",   "Ping",       "Pong",
      "Received", "Resume",        "Bye",       "Cancel",       "Working", "ReaderUse"};
  if (const auto* unknown = std::get_if<Unknown>(&message.body)) {
    return "unknown type " + std::to_string(unknown->type);
  }
  return kNames.at(message.body.index());
}

}  // namespace vscard::protocol::vsc
