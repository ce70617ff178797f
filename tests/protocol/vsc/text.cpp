#include "tests/protocol/vsc/text.hpp"

#include "tests/fakes/hex.hpp"

#include <array>
#include <utility>

namespace vscard::protocol::vsc::test {

using fakes::from_hex;
using fakes::to_hex;
namespace {

std::string number(ReaderId reader) {
  return reader == kUndefinedReader ? "x" : std::to_string(static_cast<std::uint32_t>(reader));
}

std::string exchanges(const vsc::Ahead& ahead) {
  std::string text;
  for (const auto& exchange : ahead.exchanges) {
    text += " " + to_hex(exchange.command.view()) + "=" + to_hex(exchange.response.view());
  }
  return text;
}

std::string payload(const vsc::Body& body) {
  if (const auto* init = std::get_if<vsc::Init>(&body)) {
    return (init->capabilities & kExtension) != 0 ? " extension" : "";
  }
  if (const auto* hello = std::get_if<vsc::ExtHello>(&body)) {
    return " " + std::to_string(hello->revision) + " " + std::to_string(hello->max_apdu) +
           ((hello->features & kPowerFeature) != 0 ? " power" : "") +
           ((hello->features & kAheadFeature) != 0 ? " ahead" : "") +
           ((hello->features & kPingFeature) != 0 ? " ping" : "") +
           ((hello->features & kCancelFeature) != 0 ? " cancel" : "") +
           ((hello->features & kWorkingFeature) != 0 ? " working" : "") +
           ((hello->features & kReaderUseFeature) != 0 ? " use" : "") +
           (hello->readers != 1 ? " readers " + std::to_string(hello->readers) : "");
  }
  if (const auto* power = std::get_if<vsc::Power>(&body)) {
    return " " + std::to_string(static_cast<int>(power->action));
  }
  if (const auto* it = std::get_if<vsc::ReaderUse>(&body)) {
    return " " + std::to_string(static_cast<int>(it->use));
  }
  if (const auto* error = std::get_if<vsc::Error>(&body)) {
    return " " + std::to_string(static_cast<std::uint32_t>(error->code));
  }
  if (const auto* add = std::get_if<vsc::ReaderAdd>(&body)) return " '" + add->name + "'";
  if (const auto* card = std::get_if<vsc::CardAtr>(&body)) return " " + to_hex(card->atr.view());
  if (const auto* apdu = std::get_if<vsc::Apdu>(&body)) return " " + to_hex(apdu->bytes.view());
  if (const auto* ahead = std::get_if<vsc::Ahead>(&body)) return exchanges(*ahead);
  if (const auto* ping = std::get_if<vsc::Ping>(&body)) return " " + std::to_string(ping->token);
  if (const auto* pong = std::get_if<vsc::Pong>(&body)) return " " + std::to_string(pong->token);
  if (const auto* it = std::get_if<vsc::Received>(&body)) return " " + std::to_string(it->count);
  const auto* resume = std::get_if<vsc::Resume>(&body);
  if (resume == nullptr || !resume->proof) return "";
  return " " + to_hex(resume->proof->secret) + " " + std::to_string(resume->proof->received);
}

std::string text(const VscClient::Send& send) { return "> " + text_of(send.message); }
std::string text(const VscClient::Transmit& it) {
  return "command " + number(it.reader) + " " + to_hex(it.command.view());
}
std::string text(const VscClient::Reset& it) {
  constexpr std::array kNames{"down ", "reset ", "warm reset "};
  return kNames.at(static_cast<std::size_t>(it.power)) + number(it.reader);
}
std::string text(const VscClient::StopCommand& it) { return "stop " + number(it.reader); }
std::string text(const VscClient::LookAtCard& it) { return "look " + number(it.reader); }
std::string text(const VscClient::ReaderAccepted& it) { return "accepted " + number(it.reader); }
std::string text(const VscClient::ReaderRefused& it) {
  return "refused " + number(it.reader) + " room " + std::to_string(it.room);
}
std::string text(const VscClient::ReaderWithdrawn& it) {
  return "withdrawn " + number(it.reader) + " " + std::to_string(static_cast<int>(it.why));
}
std::string text(const VscClient::CardRefused& it) { return "card refused " + number(it.reader); }
std::string text(const VscClient::ResponseTooLong& it) {
  return "too long " + number(it.reader) + " " + std::to_string(it.size) + " of " +
         std::to_string(it.limit);
}
std::string text(const VscClient::CardMute& it) { return "mute " + number(it.reader); }
std::string text(const VscClient::Silent& /*it*/) { return "silent"; }
std::string text(const VscClient::Ended& it) {
  return it.error ? "ended: " + make_error_code(*it.error).message() : "ended";
}

std::string text(const VscHost::Send& send) { return "> " + text_of(send.message); }
std::string text(const VscHost::ReaderAdded& it) {
  return "reader " + number(it.reader) + " '" + it.name + "'";
}
std::string text(const VscHost::ReaderRemoved& it) { return "no reader " + number(it.reader); }
std::string text(const VscHost::CardInserted& it) {
  return "card " + number(it.reader) + " " + to_hex(it.atr.bytes());
}
std::string text(const VscHost::CardRemoved& it) { return "no card " + number(it.reader); }
std::string text(const VscHost::Response& it) {
  return "response " + number(it.reader) + " " + to_hex(it.bytes.view());
}
std::string text(const VscHost::NoAnswer& it) {
  return "no answer " + number(it.reader) + ": " + make_error_code(it.reason).message();
}
std::string text(const VscHost::Silent& /*it*/) { return "silent"; }
std::string text(const VscHost::Ended& it) {
  return "ended: " + make_error_code(it.error).message();
}

template <class Actions>
std::vector<std::string> list(const Actions& actions) {
  std::vector<std::string> lines;
  for (const auto& action : actions) {
    lines.push_back(std::visit([](const auto& it) { return text(it); }, action));
  }
  return lines;
}

}  // namespace

std::vector<std::string> text_of(const VscClient::Actions& actions) { return list(actions); }
std::vector<std::string> text_of(const VscHost::Actions& actions) { return list(actions); }

std::string text_of(const vsc::Message& message) {
  return name_of(message) + " " + number(message.reader) + payload(message.body);
}

vsc::Message init(std::uint32_t capabilities) {
  return {kUndefinedReader, vsc::Init{.capabilities = capabilities}};
}
vsc::Message error(std::uint32_t code, ReaderId reader) {
  return {reader, vsc::Error{vsc::ErrorCode{code}}};
}
vsc::Message reader_add(std::string name, ReaderId reader) {
  return {reader, vsc::ReaderAdd{std::move(name)}};
}
vsc::Message reader_remove(ReaderId reader) { return {reader, vsc::ReaderRemove{}}; }
vsc::Message atr(const std::string& hex, ReaderId reader) {
  return {reader, vsc::CardAtr{SecretBytes::copy_of(from_hex(hex))}};
}
vsc::Message card_remove(ReaderId reader) { return {reader, vsc::CardRemove{}}; }
vsc::Message apdu(const std::string& hex, ReaderId reader) {
  return {reader, vsc::Apdu{SecretBytes::copy_of(from_hex(hex))}};
}
vsc::Message flush(ReaderId reader) { return {reader, vsc::Flush{}}; }
vsc::Message flush_complete(ReaderId reader) { return {reader, vsc::FlushComplete{}}; }
vsc::Message ext_hello(std::uint32_t max_apdu, std::uint32_t features, std::uint32_t readers) {
  return {kUndefinedReader,
          vsc::ExtHello{.max_apdu = max_apdu, .features = features, .readers = readers}};
}
vsc::Message power(PowerAction action, ReaderId reader) { return {reader, vsc::Power{action}}; }
vsc::Message cancel(ReaderId reader) { return {reader, vsc::Cancel{}}; }
vsc::Message working(ReaderId reader) { return {reader, vsc::Working{}}; }
vsc::Message reader_use(Use use, ReaderId reader) { return {reader, vsc::ReaderUse{use}}; }
vsc::Message ahead(const std::vector<std::pair<std::string, std::string>>& exchanges,
                   ReaderId reader) {
  vsc::Ahead ahead;
  for (const auto& [command, response] : exchanges) {
    ahead.exchanges.push_back(
        {SecretBytes::copy_of(from_hex(command)), SecretBytes::copy_of(from_hex(response))});
  }
  return {reader, std::move(ahead)};
}
vsc::Message ping(std::uint32_t token) { return {kUndefinedReader, vsc::Ping{token}}; }
vsc::Message pong(std::uint32_t token) { return {kUndefinedReader, vsc::Pong{token}}; }
vsc::Message unknown(std::uint32_t type) { return {ReaderId{0}, vsc::Unknown{.type = type}}; }

}  // namespace vscard::protocol::vsc::test
