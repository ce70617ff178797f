#include "ccid-passthru/reader_spec.hpp"

#include "ccid-passthru/transports.hpp"
#include "chardev/number.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace vscard::ccid_passthru {
namespace {

/// The options of one reader, and their values.
using Group = std::map<std::string, std::vector<std::string>>;

/// It may be there again, for a further card.
constexpr const char* kUsbredir = "--usbredir";
constexpr const char* kDefaultName = "reader";
/// Of a name and of a serial number: what fits a USB string with room to spare.
constexpr std::size_t kMaxName = 64;

std::optional<std::uint16_t> parse_usb_number(std::string_view text) {
  return chardev::parse_number<std::uint16_t>(text, 0, 0xffff, 16);
}

Result<std::string> parse_text(const std::string& option, const std::string& text) {
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  if (!text.empty() && text.size() <= kMaxName && std::ranges::all_of(text, visible)) return text;
  return std::unexpected(option + " '" + text +
                         "' is not 1 to 64 printable ASCII characters without a blank");
}

Result<std::vector<Group>> group(const std::vector<Word>& words) {
  std::vector<Group> groups;
  for (const Word& word : words) {
    if (groups.empty() || word.option == "--reader") groups.emplace_back();
    auto& values = groups.back()[word.option];
    values.push_back(word.value);
    if (values.size() > 1 && word.option != kUsbredir) {
      return std::unexpected(word.option +
                             " is given twice for one reader: the next reader starts with --reader "
                             "NAME");
    }
  }
  if (groups.size() > 1 && !groups.front().contains("--reader")) {
    return std::unexpected("with several readers, the first one also needs --reader NAME");
  }
  return groups;
}

Result<> parse_name(const std::string& text, ReaderSpec& reader) {
  auto name = parse_text("--reader", text);
  if (!name) return std::unexpected(name.error());
  reader.identity.name = std::move(*name);
  return {};
}

Result<> parse_vsc(const std::string& text, ReaderSpec& reader) {
  auto endpoint = chardev::parse_endpoint(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  const auto cards = session::take_cards(endpoint->address);
  if (!cards) return std::unexpected(cards.error());
  auto link = session::vsc_link_to(std::move(*endpoint), client_transports());
  if (!link) return std::unexpected(link.error());
  reader.vsc = std::move(*link);
  reader.cards = *cards;
  return {};
}

Result<> parse_usbredir(const std::string& text, ReaderSpec& reader) {
  auto endpoint = chardev::parse_endpoint(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  const auto transport = chardev::find_transport(machine_transports(), *endpoint);
  if (!transport) return std::unexpected(transport.error());
  reader.usbredir.push_back(std::move(*endpoint));
  return {};
}

Result<> parse_serial(const std::string& text, ReaderSpec& reader) {
  auto serial = parse_text("--serial", text);
  if (!serial) return std::unexpected(serial.error());
  reader.identity.serial = std::move(*serial);
  return {};
}

Result<> parse_usb_id(const std::string& text, ReaderSpec& reader) {
  const std::string_view view = text;
  const auto vendor = parse_usb_number(view.substr(0, 4));
  const auto product = text.size() == 9 ? parse_usb_number(view.substr(5)) : std::nullopt;
  if (!vendor || !product || text[4] != ':') {
    return std::unexpected("--usb-id " + text + " is not four hex digits, a colon and four more");
  }
  reader.identity.id = {.vendor = *vendor, .product = *product};
  return {};
}

Result<> parse_speed(const std::string& text, ReaderSpec& reader) {
  if (text != "full" && text != "high") {
    return std::unexpected("--speed " + text + " is neither full nor high");
  }
  reader.identity.speed = text == "full" ? usb::Speed::Full : usb::Speed::High;
  return {};
}

/// Full speed is right on every controller of a guest, and none is slower with it. The virtual
/// controller of Windows's usbip-win2 has high-speed ports alone: of a full-speed device it takes
/// no bulk endpoint.
usb::Speed usual_speed(const ReaderSpec& reader) {
  return reader.usbredir.empty() ? usb::Speed::High : usb::Speed::Full;
}

Result<> parse_max_message(const std::string& text, ReaderSpec& reader) {
  const auto bytes = chardev::parse_number<std::size_t>(text, ccid::kMinMessage, ccid::kMaxMessage);
  if (!bytes) {
    return std::unexpected("--max-message " + text + " is not a number from 271 to 65554");
  }
  reader.limits.max_message = *bytes;
  return {};
}

constexpr ReaderOption kOptions[] = {
    {"--reader", "NAME", "another reader; the options that follow belong to it", parse_name},
    {"--vsc", "ENDPOINT", "where the client with the card is", parse_vsc},
    {kUsbredir, "ENDPOINT",
     "where the virtual machine is; again for a second card of the client, and so on",
     parse_usbredir},
    {"--serial", "TEXT", "the USB serial number (default: from this machine and the reader's name)",
     parse_serial},
    {"--usb-id", "VVVV:PPPP", "the USB ids (default: 08e6:4433, which every driver supports)",
     parse_usb_id},
    {"--speed", "full|high", "the USB speed (default: full; by USB/IP: high)", parse_speed},
    {"--max-message", "BYTES", "the longest CCID message, 271 to 65554 (default: 3072)",
     parse_max_message},
};

Result<> check_whole(const Group& group, Usbip usbip) {
  if (!group.contains("--vsc")) {
    return std::unexpected("--vsc is missing: a reader needs --vsc and --usbredir");
  }
  if (usbip == Usbip::Yes || group.contains(kUsbredir)) return {};
  return std::unexpected(
      "--usbredir is missing: a reader needs --vsc and --usbredir, or --usbip for all readers");
}

/// A machine with SPICE has many channels for readers behind one address, but one port of a name.
bool has_many_streams(const chardev::Endpoint& endpoint) {
  return endpoint.address.scheme.starts_with("spice") && !endpoint.address.keys.last("port");
}

/// Each place is for one card.
Result<> check_places(const std::vector<chardev::Endpoint>& places) {
  for (auto place = places.begin(); place != places.end(); ++place) {
    if (has_many_streams(*place) || std::find(places.begin(), place, *place) == place) continue;
    return std::unexpected("two --usbredir lead to " + place->address.text() +
                           ": each card needs one of its own");
  }
  return {};
}

Result<> set_room(ReaderSpec& reader) {
  const bool shared = reader.usbredir.size() == 1 && has_many_streams(reader.usbredir.front());
  const bool counted = !reader.usbredir.empty() && !shared;
  if (counted && reader.cards.value_or(1) > reader.usbredir.size()) {
    return std::unexpected("cards=" + std::to_string(*reader.cards) +
                           " needs as many --usbredir, one for each card");
  }
  const std::uint32_t usual = shared ? 1 : session::kUsualCards;
  reader.vsc.max_readers =
      reader.cards.value_or(counted ? static_cast<std::uint32_t>(reader.usbredir.size()) : usual);
  return {};
}

Result<ReaderSpec> parse_reader(const Group& group, Usbip usbip) {
  if (const auto whole = check_whole(group, usbip); !whole) return std::unexpected(whole.error());
  ReaderSpec reader;
  reader.identity.name = kDefaultName;
  for (const ReaderOption& option : kOptions) {
    const auto given = group.find(option.name);
    if (given == group.end()) continue;
    for (const std::string& value : given->second) {
      const Result<> parsed = option.parse(value, reader);
      if (!parsed) return std::unexpected(parsed.error());
    }
  }
  if (const auto places = check_places(reader.usbredir); !places) {
    return std::unexpected(places.error());
  }
  if (const auto room = set_room(reader); !room) return std::unexpected(room.error());
  if (!group.contains("--serial")) reader.identity.serial = default_serial(reader.identity.name);
  if (!group.contains("--speed")) reader.identity.speed = usual_speed(reader);
  return reader;
}

}  // namespace

std::span<const ReaderOption> reader_options() { return kOptions; }

Result<std::vector<ReaderSpec>> parse_readers(const std::vector<Word>& words, Usbip usbip) {
  const auto groups = group(words);
  if (!groups) return std::unexpected(groups.error());
  std::vector<ReaderSpec> readers;
  for (const Group& options : *groups) {
    auto reader = parse_reader(options, usbip);
    if (!reader) return std::unexpected(reader.error());
    const auto same = [&reader](const ReaderSpec& other) {
      return other.identity.name == reader->identity.name;
    };
    if (std::ranges::any_of(readers, same)) {
      return std::unexpected("two readers are named '" + reader->identity.name + "'");
    }
    readers.push_back(std::move(*reader));
  }
  if (const auto agree = check_together(readers); !agree) return std::unexpected(agree.error());
  return readers;
}

std::string default_serial(const std::string& reader) {
  std::string machine;  // empty where there is no such file
  std::ifstream("/etc/machine-id") >> machine;
  machine += reader;
  const std::vector<std::uint8_t> bytes(machine.begin(), machine.end());
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes.data(), bytes.size(), digest.data());
  std::array<char, 13> digits{};
  std::snprintf(digits.data(), digits.size(), "%02x%02x%02x%02x%02x%02x", digest[0], digest[1],
                digest[2], digest[3], digest[4], digest[5]);
  return digits.data();
}

const chardev::Endpoint* ReaderSpec::usbredir_of(std::size_t place) const {
  if (usbredir.empty()) return nullptr;
  return usbredir.size() == 1 ? &usbredir.front() : &usbredir.at(place);
}

usb::Identity identity_beside(usb::Identity first, std::uint32_t place) {
  first.name += "-" + std::to_string(place);
  first.serial = default_serial(first.name);
  return first;
}

}  // namespace vscard::ccid_passthru
