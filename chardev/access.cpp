#include "chardev/access.hpp"

#include "chardev/number.hpp"
#include "chardev/vnc/display.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <limits>
#include <ranges>
#include <string_view>
#include <system_error>

namespace vscard::chardev {
namespace {

namespace fs = std::filesystem;
using Use = Access::Use;

/// The keys of addresses whose values are files, of all transports.
constexpr std::array<std::string_view, 8> kFileKeys{"cert",       "key",           "ca",    "psk",
                                                    "token-file", "password-file", "creds", "nkey"};

std::atomic<bool> confined = false;

fs::path from_root(const fs::path& path) {
  std::error_code unknown;
  const fs::path found = fs::absolute(path, unknown);
  return unknown ? path : found.lexically_normal();
}

bool is_within(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] = std::ranges::mismatch(folder, path);
  return end == folder.end() || (end->empty() && std::next(end) == folder.end());
}

bool includes(Use use, Use other) {
  if (use == Use::Place) return other == Use::Place;
  return use >= other;
}

bool has(const std::vector<Access::Folder>& folders, const Access::Folder& wanted) {
  return std::ranges::any_of(folders, [&wanted](const Access::Folder& folder) {
    return includes(folder.use, wanted.use) && is_within(wanted.path, folder.path);
  });
}

void add_port(Access& access, const Result<HostPort>& target) {
  const auto port =
      target ? parse_number<std::uint16_t>(target->port, 0, std::numeric_limits<uint16_t>::max())
             : std::nullopt;
  if (port) access.ports.push_back(*port);
}

/// "HOST:PORT", "HOST:PORT/PATH", "http://HOST:PORT".
void add_port(Access& access, std::string_view location) {
  if (const auto scheme = location.find("://"); scheme != std::string_view::npos) {
    location.remove_prefix(scheme + 3);
  }
  add_port(access, parse_host_port(location.substr(0, location.find('/'))));
}

void add_connection(Access& access, const Address& address) {
  const auto proxy = address.keys.last("proxy");
  if (proxy) add_port(access, *proxy);
  add_port(access, address.location);
}

/// "HOST:PORT+HOST:PORT/NAME": a listener connects, too.
void add_servers(Access& access, std::string_view location) {
  for (const auto host : std::views::split(location.substr(0, location.find('/')), '+')) {
    add_port(access, std::string_view(host));
  }
}

/// The server's display: of a client, and of what stands in front of it.
void add_display(Access& access, const Address& address) {
  add_port(access, vnc::parse_display(address.keys.last("server").value_or(address.location)));
}

void add_terminals(Access& access, const fs::path& link) {
  access.folders.push_back({"/dev", Use::Open});
  access.folders.push_back({from_root(link).parent_path(), Use::Place});
}

void add_location(Access& access, const Endpoint& endpoint) {
  const Address& address = endpoint.address;
  const bool listens = endpoint.mode == Endpoint::Mode::Listen;
  if (address.scheme.starts_with("spicevmc") && address.keys.last("cert")) {
    // libspice-server reads files, and gets copies.
    std::error_code none;
    access.folders.push_back({fs::temp_directory_path(none), Use::Write});
  }
  if (address.scheme == "exec") access.starts_programs = true;
  if (address.scheme == "pty") add_terminals(access, address.location);
  if (address.scheme == "serial") access.add_file(address.location, Use::Open);
  if (address.scheme.ends_with("unix") && listens) {
    access.folders.push_back({from_root(address.location).parent_path(), Use::Place});
  }
  if (address.scheme == "spice" && address.location.ends_with(".vv")) {
    access.add_file(address.location);
    access.any_port = true;
  }
  if (address.scheme.starts_with("nats")) {
    add_servers(access, address.location);
  } else if (address.scheme == "vnc") {
    add_display(access, address);
  } else if (!listens) {
    add_connection(access, address);
  }
}

}  // namespace

void note_confined() { confined = true; }

std::string file_error(int error) {
  std::string text = std::generic_category().message(error);
  if (error == EACCES && confined) {
    text +=
        " (if its folder was replaced: the sandbox is for the folders at the start, so restart "
        "this program, or see --sandbox)";
  }
  return text;
}

void Access::add(const Access& other) {
  starts_programs |= other.starts_programs;
  unknown |= other.unknown;
  any_port |= other.any_port;
  folders.insert(folders.end(), other.folders.begin(), other.folders.end());
  ports.insert(ports.end(), other.ports.begin(), other.ports.end());
}

void Access::add_file(const fs::path& file, Use use) {
  folders.push_back({from_root(file).parent_path(), use});
  std::error_code missing;
  const fs::path target = fs::canonical(file, missing);
  if (!missing && target.parent_path() != folders.back().path) {
    folders.push_back({target.parent_path(), use});
  }
}

void Access::add_own(const fs::path& folder) { folders.push_back({from_root(folder), Use::Own}); }

std::optional<std::string> Access::lacks(const Access& other) const {
  if (other.starts_programs && !starts_programs) return "programs that it starts";
  if (unbounded()) return std::nullopt;
  if (other.unknown) return "libraries that use anything";
  for (const Folder& wanted : other.folders) {
    if (!has(folders, wanted)) return "the folder " + wanted.path.string();
  }
  if (any_port) return std::nullopt;
  if (other.any_port) return "ports that a file names";
  for (const std::uint16_t wanted : other.ports) {
    if (std::ranges::find(ports, wanted) == ports.end()) return "port " + std::to_string(wanted);
  }
  return std::nullopt;
}

Access access_of(const Endpoint& endpoint) {
  Access access;
  for (const auto& [key, value] : endpoint.address.keys.keys) {
    if (std::ranges::find(kFileKeys, key) != kFileKeys.end()) access.add_file(value);
  }
  if (const auto pairings = endpoint.address.keys.last("pair")) {
    const bool listens = endpoint.mode == Endpoint::Mode::Listen;  // who connects has paired before
    access.folders.push_back({from_root(*pairings), listens ? Use::Own : Use::Write});
  }
  add_location(access, endpoint);
  return access;
}

}  // namespace vscard::chardev
