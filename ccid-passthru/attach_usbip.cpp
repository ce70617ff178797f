#include "ccid-passthru/attach_usbip.hpp"

#include "ccid-passthru/attach.hpp"
#include "ccid-passthru/usbip/endpoint.hpp"
#include "ccid-passthru/usbip/operation.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <string_view>

namespace vscard::ccid_passthru {
namespace {

/// Where the machine attaches, and what it has to run before that.
struct Place {
  chardev::HostPort at;
  std::string before;
};

constexpr const char* kThisHost = "THIS-HOST";
constexpr const char* kHere = "127.0.0.1";

/// For clients of USB/IP, which connect to TCP alone.
Place joined_by_socat(const std::string& target) {
  const std::string port = usbip::kDefaultPort;
  return {.at = {.host = kHere, .port = port},
          .before = fmt::format("# The machine joins the reader's socket to a port of its own:\n"
                                "socat TCP-LISTEN:{},bind={},fork,reuseaddr {}\n\n",
                                port, kHere, shell_word(target))};
}

Result<Place> place_of_tcp(const chardev::Address& address) {
  const auto at = chardev::parse_host_port(address.location);
  if (!at) return std::unexpected(at.error());
  if (at->port == "0")
    return std::unexpected("--print needs a port in " + address.text() + ", not 0");
  if (at->host == "0.0.0.0" || at->host == "::") return Place{{kThisHost, at->port}, ""};
  if (!at->loopback()) return Place{*at, ""};
  return Place{*at, fmt::format("# Another machine than this one brings the port there first:\n"
                                "ssh -N -L {0}:{1}:{0} {2}\n\n",
                                at->port, at->host.contains(':') ? "[" + at->host + "]" : at->host,
                                kThisHost)};
}

Result<Place> place_of(const chardev::Address& address) {
  const std::string& location = address.location;
  if (address.scheme == "tcp") return place_of_tcp(address);
  if (address.scheme == "vsock") {
    // A guest sees its host as 2, vsock(7).
    return joined_by_socat("VSOCK-CONNECT:2" + location.substr(location.rfind(':')));
  }
  if (address.scheme != "unix") {
    return std::unexpected("--print knows how to attach at tcp://, unix: and vsock://, not " +
                           address.text());
  }
  if (location.starts_with('@')) return joined_by_socat("ABSTRACT-CONNECT:" + location.substr(1));
  return joined_by_socat("UNIX-CONNECT:" + std::filesystem::absolute(location).string());
}

/// Between double quotes in a unit, systemd.service(5) and systemd.syntax(7).
std::string unit_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '%' || c == '$') out += c;
    out += c;
  }
  return out;
}

struct Attached {
  std::string bus_id;  ///< a word for a shell
  std::string serial;
};

/// Those for further cards, if the user says how many there may be. Their numbers depend on which
/// comes first, so their names are the bus ids, as long as they fit.
void add_further(std::vector<Attached>& all, const ReaderSpec& first) {
  for (std::uint32_t place = 2; place <= first.cards.value_or(1); ++place) {
    const usb::Identity it = identity_beside(first.identity, place);
    if (it.name.size() < usbip::kBusIdField) {
      all.push_back({.bus_id = shell_word(it.name), .serial = it.serial});
    }
  }
}

std::vector<Attached> attached(const std::vector<ReaderSpec>& readers) {
  std::vector<Attached> all;
  std::vector<Attached> further;
  for (const ReaderSpec& reader : readers) {
    if (!reader.usbredir.empty()) continue;
    all.push_back(
        {.bus_id = fmt::format("1-{}", all.size() + 1), .serial = reader.identity.serial});
    add_further(further, reader);
  }
  all.insert(all.end(), further.begin(), further.end());
  return all;
}

std::string attach(const std::string& program, const Place& place, const Attached& reader) {
  return fmt::format("{} --tcp-port {} attach --remote {} --busid {}", program, place.at.port,
                     place.at.host, reader.bus_id);
}

/// Looks for each reader's serial number, as a break of the connection leaves nothing else behind.
std::string unit(const Place& place, const std::vector<Attached>& readers) {
  std::string script = "while :; do ";
  for (const Attached& reader : readers) {
    script += fmt::format("grep -qsxF -e {} /sys/bus/usb/devices/*/serial || {}; ",
                          shell_word(reader.serial), attach("usbip", place, reader));
  }
  script += "sleep 2; done";
  return fmt::format(
      "[Unit]\n"
      "Description=Smart card readers of {} by USB/IP\n"
      "Wants=network-online.target\n"
      "After=network-online.target\n"
      "\n"
      "[Service]\n"
      "ExecStartPre=modprobe vhci-hcd\n"
      "ExecStart=sh -c \"{}\"\n"
      "Restart=always\n"
      "RestartSec=2\n"
      "\n"
      "[Install]\n"
      "WantedBy=multi-user.target",
      place.at.host, unit_text(script));
}

}  // namespace

Result<std::string> usbip_commands(const std::vector<ReaderSpec>& readers,
                                   const chardev::Endpoint& endpoint) {
  const auto place = place_of(endpoint.address);
  if (!place) return std::unexpected(place.error());
  const auto all = attached(readers);
  if (all.empty()) return std::unexpected("no reader without --usbredir: none is there by USB/IP");
  std::string text =
      place->before + "# Linux, as root, with the package usbip:\nmodprobe vhci-hcd\n";
  for (const Attached& reader : all) text += attach("usbip", *place, reader) + "\n";
  text += "\n# Windows, with usbip-win2; the last line attaches again when Windows starts:\n";
  for (const Attached& reader : all) {
    text += fmt::format("usbip.exe --tcp-port {} attach -r {} -b {}\n", place->at.port,
                        place->at.host, reader.bus_id);
  }
  text += "usbip.exe port --stash\n";
  text += "\n# /etc/systemd/system/vscard-usbip.service attaches again after a break:\n";
  return text + unit(*place, all);
}

}  // namespace vscard::ccid_passthru
