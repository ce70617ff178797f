#include "tests/fakes/pcsc_user.hpp"

#include <cctype>
#include <stdexcept>

namespace vscard::fakes::pcsc_user {
namespace {

constexpr const char* kDigits = "0123456789abcdef";
constexpr int kListTries = 10;

std::string find_reader(const Context& context, const std::string& part) {
  for (const std::string& reader : context.readers()) {
    if (reader.contains(part)) return reader;
  }
  throw std::runtime_error("no reader with '" + part + "' in its name");
}

}  // namespace

void check(LONG status, const char* call) {
  if (status == SCARD_S_SUCCESS) return;
  throw std::runtime_error(std::string(call) + ": " + pcsc_stringify_error(status));
}

Context::Context() {
  check(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_),
        "SCardEstablishContext");
}

Context::~Context() { SCardReleaseContext(context_); }

std::vector<std::string> Context::readers() const {
  std::string names;
  LONG status = SCARD_E_INSUFFICIENT_BUFFER;
  // A reader that comes in between makes the list longer.
  for (int i = 0; i < kListTries && status == SCARD_E_INSUFFICIENT_BUFFER; ++i) {
    DWORD size = 0;
    status = SCardListReaders(context_, nullptr, nullptr, &size);
    names.assign(size, '\0');
    if (status != SCARD_S_SUCCESS) break;
    status = SCardListReaders(context_, nullptr, names.data(), &size);
  }
  if (status == SCARD_E_NO_READERS_AVAILABLE) return {};
  check(status, "SCardListReaders");

  // Names end with a zero byte each, the list with one more.
  std::vector<std::string> list;
  for (std::size_t at = 0; at < names.size() && names[at] != '\0'; at += list.back().size() + 1) {
    list.emplace_back(names.c_str() + at);
  }
  return list;
}

Card::Card(const Context& context, const std::string& part) : buffer_(MAX_BUFFER_SIZE_EXTENDED) {
  check(SCardConnect(context.native(), find_reader(context, part).c_str(), SCARD_SHARE_SHARED,
                     SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card_, &protocol_),
        "SCardConnect");
}

Card::~Card() { SCardDisconnect(card_, SCARD_LEAVE_CARD); }

std::vector<std::uint8_t> Card::transmit(const std::vector<std::uint8_t>& apdu) {
  const auto* request = protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
  DWORD size = buffer_.size();
  check(SCardTransmit(card_, request, apdu.data(), apdu.size(), nullptr, buffer_.data(), &size),
        "SCardTransmit");
  return {buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size)};
}

std::vector<std::uint8_t> from_hex(const std::string& text) {
  std::string digits;
  for (const char c : text) {
    if (c == ' ') continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) {
      throw std::runtime_error("not hexadecimal: " + text);
    }
    digits += c;
  }
  if (digits.size() % 2 != 0) throw std::runtime_error("half a byte is left over: " + text);
  std::vector<std::uint8_t> bytes;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(digits.substr(at, 2), nullptr, 16)));
  }
  return bytes;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

}  // namespace vscard::fakes::pcsc_user
