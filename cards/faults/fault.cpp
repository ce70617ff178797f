#include "cards/faults/fault.hpp"

#include "chardev/number.hpp"
#include "protocol/hex.hpp"
#include "protocol/iso7816/apdu.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <ranges>
#include <vector>

namespace vscard::cards::faults {
namespace {

using chardev::parse_number;

constexpr std::uint64_t kAnyCount = std::numeric_limits<std::uint64_t>::max();
constexpr std::string_view kNever = "never";

/// A part of a fault's text: whether it could be read into the fault.
using Read = bool (*)(std::string_view value, Fault& fault);

template <class T>
bool take(std::optional<T> value, T& into) {
  if (value) into = *value;
  return value.has_value();
}

std::optional<std::uint64_t> count_in(std::string_view text, std::uint64_t least) {
  return parse_number<std::uint64_t>(text, least, kAnyCount);
}

std::optional<std::uint8_t> byte_in(std::string_view text) {
  return text.size() == 2 ? parse_number<std::uint8_t>(text, 0, 0xff, 16) : std::nullopt;
}

/// A decimal fraction from 0 to 1.
std::optional<double> probability_in(std::string_view text) {
  double value = 0;
  const char* const begin = std::to_address(text.begin());
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value, std::chars_format::fixed);
  const bool within = value >= 0 && value <= 1;  // what "nan" is not
  if (error != std::errc{} || stop != end || !within) return std::nullopt;
  return value;
}

template <class Bare>
bool read_bare(std::string_view value, Fault& fault) {
  fault.action = Bare{};
  return value.empty();
}

bool read_mute_after(std::string_view value, Fault& fault) {
  fault.action = Mute{};
  return take(count_in(value, 0), fault.when.after);
}

bool read_status(std::string_view value, Fault& fault) {
  const auto word = value.size() == 4 ? parse_number<std::uint16_t>(value, 0, 0xffff, 16)
                                      : std::optional<std::uint16_t>();
  fault.action = Status{.word = word.value_or(0)};
  return word.has_value();
}

bool read_slow(std::string_view value, Fault& fault) {
  const auto by = parse_duration(value);
  fault.action = Slow{.by = by.value_or(protocol::Duration())};
  return by.has_value();
}

bool read_cut(std::string_view value, Fault& fault) {
  const auto size = parse_number<std::size_t>(value, protocol::iso7816::kStatusWord,
                                              protocol::iso7816::kMaxResponseApdu);
  fault.action = CutResponse{.size = size.value_or(0)};
  return size.has_value();
}

bool read_atr(std::string_view value, Fault& fault) {
  const auto bytes = protocol::parse_hex(value);
  if (!bytes) return false;
  const auto atr = protocol::iso7816::Atr::parse(*bytes);
  if (atr) fault.action = OtherAtr{.atr = *atr};
  return atr.has_value();
}

bool read_ins(std::string_view value, Fault& fault) {
  fault.when.ins = byte_in(value);
  return fault.when.ins.has_value();
}

bool read_cla(std::string_view value, Fault& fault) {
  fault.when.cla = byte_in(value);
  return fault.when.cla.has_value();
}

bool read_back(std::string_view value, Fault& fault) {
  auto* const remove = std::get_if<Remove>(&fault.action);
  if (remove == nullptr) return false;
  remove->back = parse_duration(value);
  return value == kNever || remove->back;
}

struct Part {
  std::string_view name;
  Read read;
  std::string_view value;  ///< how it is written, for help
};

constexpr std::array kFaults{Part{"mute", read_bare<Mute>, ""},
                             Part{"mute-after", read_mute_after, ":COUNT"},
                             Part{"sw", read_status, ":6982"},
                             Part{"slow", read_slow, ":3s"},
                             Part{"remove-in", read_bare<Remove>, ""},
                             Part{"reset-by-other", read_bare<ResetByOther>, ""},
                             Part{"cut-response", read_cut, ":BYTES, at least 2"},
                             Part{"flip-bit", read_bare<FlipBit>, ""},
                             Part{"atr", read_atr, ":HEX, an answer to reset"}};

constexpr std::array kConditions{
    Part{"ins", read_ins, "=2a"},
    Part{"cla", read_cla, "=00"},
    Part{"after", [](auto value, Fault& f) { return take(count_in(value, 0), f.when.after); },
         "=COUNT"},
    Part{"every", [](auto value, Fault& f) { return take(count_in(value, 1), f.when.every); },
         "=COUNT, at least 1"},
    Part{"p", [](auto value, Fault& f) { return take(probability_in(value), f.when.probability); },
         "=0.001, from 0 to 1"},
    Part{"seed", [](auto value, Fault& f) { return take(count_in(value, 0), f.when.seed); },
         "=NUMBER"},
    Part{"times", [](auto value, Fault& f) { return take(count_in(value, 0), f.when.times); },
         "=COUNT"},
    Part{"back", read_back, "=2s or back=never, of remove-in"}};

std::string names_of(std::span<const Part> parts) {
  std::string names;
  for (const Part& part : parts) names += (names.empty() ? "" : ", ") + std::string(part.name);
  return names;
}

/// Reads NAME, separator, VALUE as one of the parts. The failure says what there is.
Result<> read_part(std::string_view text, char separator, std::span<const Part> parts,
                   Fault& fault) {
  const std::size_t end = text.find(separator);
  const std::string_view name = text.substr(0, end);
  const auto part = std::ranges::find(parts, name, &Part::name);
  const std::string quoted = "fault '" + fault.text + "': ";
  if (part == parts.end()) {
    return std::unexpected(quoted + "there is no '" + std::string(name) + "', but " +
                           names_of(parts));
  }
  const std::string_view value = end == std::string_view::npos ? "" : text.substr(end + 1);
  if (part->read(value, fault)) return {};
  return std::unexpected(quoted + "expected " + std::string(part->name) + std::string(part->value));
}

/// At each @ and comma. A value that is a condition itself is a part of its own.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  const std::size_t first = text.find_first_of("@,:=");
  const bool condition_is_value = first != std::string_view::npos && text[first] == ':' &&
                                  text.find('=') < text.find_first_of("@,");
  std::size_t end = condition_is_value ? first : text.find_first_of("@,");
  while (end != std::string_view::npos) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
    end = text.find_first_of("@,");
  }
  parts.push_back(text);
  return parts;
}

}  // namespace

Result<Fault> parse_fault(std::string_view text) {
  Fault fault{.text = std::string(text), .action = Mute{}, .when = {}};
  const auto parts = split(text);
  if (auto read = read_part(parts.front(), ':', kFaults, fault); !read) {
    return std::unexpected(read.error());
  }
  for (const std::string_view part : parts | std::views::drop(1)) {
    if (auto read = read_part(part, '=', kConditions, fault); !read) {
      return std::unexpected(read.error());
    }
  }
  // The ATR is the same for all commands.
  if (parts.size() > 1 && std::holds_alternative<OtherAtr>(fault.action)) {
    return std::unexpected("fault '" + fault.text + "': an ATR has no conditions");
  }
  return fault;
}

bool is_condition(std::string_view name) {
  return std::ranges::find(kConditions, name, &Part::name) != kConditions.end();
}

std::optional<protocol::Duration> parse_duration(std::string_view text) {
  using namespace std::chrono_literals;
  struct Unit {
    std::string_view name;
    protocol::Duration size;
  };
  constexpr std::array kUnits{Unit{"ms", 1ms}, Unit{"s", 1s}, Unit{"m", 1min}};
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const auto number = parse_number<std::int64_t>(text.substr(0, text.size() - unit.name.size()),
                                                   0, kLongestSlowness / unit.size);
    if (number) return *number * unit.size;
  }
  return std::nullopt;
}

}  // namespace vscard::cards::faults
