#include "ccid-passthru/reader_spec.hpp"

#include "ccid-passthru/transports.hpp"
#include "chardev/number.hpp"
#include "session/peer_limits_key.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>

namespace vscard::ccid_passthru {
namespace {

/// The options of one reader: no option twice.
using Group = std::map<std::string, std::string>;

constexpr const char* kDefaultName = "reader";
/// Of a name and of a serial number: what fits a USB string with room to spare.
constexpr std::size_t kMaxName = 64;

std::optional<std::uint16_t> parse_usb_number(std::string_view text) {
  return chardev::parse_number<std::uint16_t>(text, 0, 0xffff, 16);
}

bool is_name(const std::string& text) {
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  return !text.empty() && text.size() <= kMaxName && std::ranges::all_of(text, visible);
}

Result<std::vector<Group>> group(const std::vector<Word>& words) {
  std::vector<Group> groups;
  for (const Word& word : words) {
    if (groups.empty() || word.option == "--reader") groups.emplace_back();
    if (!groups.back().try_emplace(word.option, word.value).second) {
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

Result<chardev::Endpoint> parse_endpoint(const Group& group, const char* option,
                                         protocol::vsc::PeerLimits* peer) {
  const auto text = group.find(option);
  if (text == group.end()) {
    return std::unexpected(std::string(option) +
                           " is missing: a reader needs --vsc and --usbredir");
  }
  auto endpoint = chardev::parse_endpoint(text->second);
  if (!endpoint) return endpoint;
  if (peer != nullptr) {
    const auto taken = session::take_peer_limits(endpoint->address);
    if (!taken) return std::unexpected(taken.error());
    *peer = *taken;
  }
  const auto transports = peer != nullptr ? client_transports() : chardev::standard_transports();
  const auto transport = chardev::find_transport(transports, endpoint->address);
  if (!transport) return std::unexpected(transport.error());
  return endpoint;
}

Result<usb::UsbId> parse_usb_id(const std::string& text) {
  const std::string_view view = text;
  const auto vendor = parse_usb_number(view.substr(0, 4));
  const auto product = text.size() == 9 ? parse_usb_number(view.substr(5)) : std::nullopt;
  if (!vendor || !product || text[4] != ':') {
    return std::unexpected("--usb-id " + text + " is not four hex digits, a colon and four more");
  }
  return usb::UsbId{.vendor = *vendor, .product = *product};
}

Result<usb::Speed> parse_speed(const std::string& text) {
  if (text == "full") return usb::Speed::Full;
  if (text == "high") return usb::Speed::High;
  return std::unexpected("--speed " + text + " is neither full nor high");
}

Result<usb::Identity> parse_identity(const Group& group) {
  const auto given = [&group](const char* option, const std::string& otherwise) {
    const auto found = group.find(option);
    return found == group.end() ? otherwise : found->second;
  };
  usb::Identity identity;
  identity.name = given("--reader", kDefaultName);
  if (!is_name(identity.name)) {
    return std::unexpected("--reader '" + identity.name + "' is not 1 to 64 ASCII characters");
  }
  identity.serial = given("--serial", "");
  if (!group.contains("--serial")) {
    identity.serial = default_serial(identity.name);
  } else if (!is_name(identity.serial)) {
    return std::unexpected("--serial '" + identity.serial + "' is not 1 to 64 ASCII characters");
  }
  if (group.contains("--usb-id")) {
    const auto id = parse_usb_id(group.at("--usb-id"));
    if (!id) return std::unexpected(id.error());
    identity.id = *id;
  }
  const auto speed = parse_speed(given("--speed", "full"));
  if (!speed) return std::unexpected(speed.error());
  identity.speed = *speed;
  return identity;
}

Result<ccid::MessageLimits> parse_limits(const Group& group) {
  ccid::MessageLimits limits;
  const auto text = group.find("--max-message");
  if (text == group.end()) return limits;
  const auto bytes =
      chardev::parse_number<std::size_t>(text->second, ccid::kMinMessage, ccid::kMaxMessage);
  if (!bytes) {
    return std::unexpected("--max-message " + text->second + " is not a number from 271 to 65554");
  }
  limits.max_message = *bytes;
  return limits;
}

Result<ReaderSpec> parse_reader(const Group& group) {
  ReaderSpec spec;
  const auto identity = parse_identity(group);
  if (!identity) return std::unexpected(identity.error());
  spec.identity = *identity;
  const auto limits = parse_limits(group);
  if (!limits) return std::unexpected(limits.error());
  spec.limits = *limits;
  const auto vsc = parse_endpoint(group, "--vsc", &spec.client);
  if (!vsc) return std::unexpected(vsc.error());
  spec.vsc = *vsc;
  const auto usbredir = parse_endpoint(group, "--usbredir", nullptr);
  if (!usbredir) return std::unexpected(usbredir.error());
  spec.usbredir = *usbredir;
  return spec;
}

}  // namespace

Result<std::vector<ReaderSpec>> parse_readers(const std::vector<Word>& words) {
  const auto groups = group(words);
  if (!groups) return std::unexpected(groups.error());
  std::vector<ReaderSpec> readers;
  for (const Group& options : *groups) {
    auto reader = parse_reader(options);
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

}  // namespace vscard::ccid_passthru
