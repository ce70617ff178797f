#include "capture/spec.hpp"

#include "chardev/key_list.hpp"
#include "chardev/number.hpp"

#include <string>

namespace vscard::capture {
namespace {

constexpr const char* kMaxSize = "max-size";
constexpr const char* kFiles = "files";
constexpr std::string_view kUnits = "KMG";  ///< each 1024 times the one before

std::optional<std::uint64_t> parse_size(std::string_view text) {
  unsigned shift = 0;
  if (const auto unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
      unit != std::string_view::npos) {
    shift = 10 * (static_cast<unsigned>(unit) + 1);
    text.remove_suffix(1);
  }
  const auto number = chardev::parse_number<std::uint64_t>(text, 1, kMaxMaxSize >> shift);
  if (!number || (*number << shift) < kMinMaxSize) return std::nullopt;
  return *number << shift;
}

Result<> set_limits(Spec& spec, const chardev::KeyList& keys) {
  if (const auto text = keys.last(kMaxSize)) {
    const auto size = parse_size(*text);
    if (!size) return std::unexpected("max-size is 4K to 1024G, as 100M, not '" + *text + "'");
    spec.max_size = *size;
    spec.files = 2;
  }
  if (const auto text = keys.last(kFiles)) {
    const auto count = chardev::parse_number<std::size_t>(*text, 1, kMaxFiles);
    if (!count) return std::unexpected("files is 1 to 1000, not '" + *text + "'");
    spec.files = *count;
  }
  return {};
}

}  // namespace

Result<Spec> parse_spec(std::string_view text) {
  const auto keys = chardev::parse_key_list(text);
  if (!keys) return std::unexpected(keys.error());
  if (keys->head.empty()) return std::unexpected("no file: FILE.pcapng[,max-size=SIZE][,files=N]");
  if (const auto other = keys->other_than({kMaxSize, kFiles})) {
    return std::unexpected("there is no '" + *other + "'; a capture has max-size and files");
  }
  Spec spec{.file = keys->head};
  if (auto set = set_limits(spec, *keys); !set) return std::unexpected(set.error());
  return spec;
}

chardev::Access access_of(const Spec& spec) {
  chardev::Access access;
  access.add_file(spec.file, chardev::Access::Use::Write);
  return access;
}

void add_capture_option(program::CommandLineParser& parser, std::optional<Spec>& spec) {
  parser.add({.name = "--capture",
              .into = [&spec](const std::string& text) -> Result<> {
                auto parsed = parse_spec(text);
                if (!parsed) return std::unexpected(parsed.error());
                spec = std::move(*parsed);
                return {};
              },
              .text = "write what passes, without PINs and keys, for Wireshark: "
                      "FILE.pcapng[,max-size=100M][,files=5]",
              .value = "FILE"});
}

}  // namespace vscard::capture
