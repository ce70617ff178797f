#include "chardev/spice/virt_viewer_file.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace vscard::chardev::spice {
namespace {

using protocol::Bytes;
using protocol::SecretBytes;

constexpr std::string_view kGroup = "[virt-viewer]";

bool is(Bytes bytes, std::string_view text) {
  return std::ranges::equal(
      bytes, text, [](std::uint8_t byte, char c) { return byte == static_cast<std::uint8_t>(c); });
}

std::string text_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

Bytes trim(Bytes bytes) {
  const auto blank = [](std::uint8_t c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!bytes.empty() && blank(bytes.front())) bytes = bytes.subspan(1);
  while (!bytes.empty() && blank(bytes.back())) bytes = bytes.first(bytes.size() - 1);
  return bytes;
}

/// Up to and including `end`.
Bytes take_until(Bytes& rest, std::uint8_t end) {
  const auto found = std::ranges::find(rest, end);
  const Bytes part(rest.begin(), found);
  rest = rest.subspan(std::min(part.size() + 1, rest.size()));
  return part;
}

/// "\n" and its like are written out in a value.
SecretBytes unescape(Bytes value) {
  static constexpr std::pair<char, char> kEscapes[] = {
      {'n', '\n'}, {'s', ' '}, {'t', '\t'}, {'r', '\r'}, {'\\', '\\'}};
  auto out = SecretBytes::with_capacity(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto* escape = std::end(kEscapes);
    if (value[i] == '\\' && i + 1 < value.size()) {
      escape = std::ranges::find(kEscapes, static_cast<char>(value[i + 1]),
                                 &std::pair<char, char>::first);
    }
    if (escape == std::end(kEscapes)) {
      out.push_back(value[i]);
    } else {
      out.push_back(static_cast<std::uint8_t>(escape->second));
      ++i;
    }
  }
  return out;
}

/// The values of the group, by key.
using Values = std::map<std::string, SecretBytes>;

Values read_values(Bytes text) {
  Values values;
  bool ours = false;
  while (!text.empty()) {
    Bytes line = trim(take_until(text, '\n'));
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '[') {
      ours = is(line, kGroup);
    } else if (ours) {
      const std::string key = text_of(trim(take_until(line, '=')));
      values.insert_or_assign(key, unescape(trim(line)));
    }
  }
  return values;
}

/// Empty where there is none.
std::string take(Values& values, const std::string& key) {
  const auto node = values.extract(key);
  return node.empty() ? "" : text_of(node.mapped().view());
}

std::string take_port(Values& values, const std::string& key) {
  const std::string port = take(values, key);
  return port == "-1" || port == "0" ? "" : port;
}

}  // namespace

Result<VirtViewerFile> parse_virt_viewer_file(Bytes text) {
  Values values = read_values(text);
  const std::string type = take(values, "type");
  if (type.empty()) return std::unexpected("this is not a virt-viewer file: it has no type=");
  if (type != "spice") return std::unexpected("type=" + type + " is not supported, only spice");
  if (const std::string path = take(values, "unix-path"); !path.empty()) {
    return std::unexpected("unix-path=" + path + " is not supported: use spice+unix:PATH");
  }
  VirtViewerFile file;
  file.host = take(values, "host");
  file.port = take_port(values, "port");
  file.tls_port = take_port(values, "tls-port");
  file.proxy = take(values, "proxy");
  file.ca = take(values, "ca");
  file.subject = take(values, "host-subject");
  if (file.host.empty() || (file.port.empty() && file.tls_port.empty())) {
    return std::unexpected("it has no host and no port");
  }
  if (auto node = values.extract("password"); !node.empty()) {
    file.password = std::move(node.mapped());
  }
  return file;
}

}  // namespace vscard::chardev::spice
