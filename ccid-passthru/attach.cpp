#include "ccid-passthru/attach.hpp"

#include "ccid-passthru/meeting.hpp"

#include <fmt/core.h>

namespace vscard::ccid_passthru {
namespace {

/// What a shell takes as it is.
constexpr const char* kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,.:/=_-@%+";

/// Where libvirt, too, expects the certificates of virtual machines.
constexpr const char* kCertificates = "/etc/pki/qemu";

/// A comma in a value of QEMU's is doubled.
std::string qemu_value(const std::string& text) {
  std::string value;
  for (const char c : text) value += c == ',' ? std::string(",,") : std::string(1, c);
  return value;
}

std::string xml_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '\'') {
      out += "&apos;";
    } else {
      out += c;
    }
  }
  return out;
}

/// Makes QEMU try again every second: "reconnect" is gone in 11.1, "reconnect-ms" came in 9.2.
const char* reconnect(std::optional<QemuVersion> version) {
  return version && *version < QemuVersion{9, 2} ? ",reconnect=1" : ",reconnect-ms=1000";
}

std::string qemu_socket(const Meeting& meeting, std::optional<QemuVersion> version) {
  std::string socket;
  if (meeting.path.empty()) {
    socket = "host=" + qemu_value(meeting.place.host) + ",port=" + meeting.place.port;
  } else if (meeting.path.front() == '@') {
    socket = "path=" + qemu_value(meeting.path.substr(1)) + ",abstract=on";
  } else {
    socket = "path=" + qemu_value(meeting.path);
  }
  return socket + (meeting.machine_listens ? ",server=on,wait=off" : reconnect(version)) +
         (meeting.path.empty() ? ",nodelay=on" : "") + (meeting.websocket ? ",websocket=on" : "");
}

std::string qemu_credentials(const Meeting::Tls& tls, bool machine_listens) {
  const bool key = !tls.key_folder.empty();
  std::string text = fmt::format("endpoint={},dir={}", machine_listens ? "server" : "client",
                                 key ? qemu_value(tls.key_folder) : kCertificates);
  if (key && !machine_listens) text += ",username=" + qemu_value(tls.name);
  if (!key && machine_listens) text += tls.shows_identity ? ",verify-peer=on" : ",verify-peer=off";
  return text;
}

std::string qemu_lines(const Meeting& meeting, const std::string& id,
                       std::optional<QemuVersion> version) {
  std::string text;
  std::string socket = fmt::format("socket,id={},{}", id, qemu_socket(meeting, version));
  if (meeting.tls) {
    const char* kind = meeting.tls->key_folder.empty() ? "x509" : "psk";
    const std::string object = fmt::format("tls-creds-{},id={}-tls,{}", kind, id,
                                           qemu_credentials(*meeting.tls, meeting.machine_listens));
    text = "-object " + shell_word(object) + "\n";
    socket += ",tls-creds=" + id + "-tls";
  }
  return text + fmt::format("-chardev {}\n-device usb-redir,chardev={},id={}-reader\n",
                            shell_word(socket), id, id);
}

Result<> libvirt_supports(const Meeting& meeting) {
  if (meeting.path.starts_with('@')) {
    return std::unexpected("libvirt does not support an abstract socket such as " + meeting.path);
  }
  if (meeting.websocket) return std::unexpected("libvirt does not support WebSockets");
  if (meeting.tls && !meeting.tls->key_folder.empty()) {
    return std::unexpected("libvirt supports no keys for TLS: give certificates in place of psk=");
  }
  return {};
}

std::string libvirt_place(const Meeting& meeting) {
  if (!meeting.path.empty()) return "path='" + xml_text(meeting.path) + "'";
  return "host='" + xml_text(meeting.place.host) + "' service='" + meeting.place.port + "'" +
         (meeting.tls ? " tls='yes'" : "");
}

std::string libvirt_device(const Meeting& meeting) {
  const bool tcp = meeting.path.empty();
  std::string text = fmt::format("<redirdev bus='usb' type='{}'>\n", tcp ? "tcp" : "unix");
  if (meeting.machine_listens) {
    text += fmt::format("  <source mode='bind' {}/>\n", libvirt_place(meeting));
  } else {
    text += fmt::format(
        "  <source mode='connect' {}>\n    <reconnect enabled='yes' timeout='1'/>\n  </source>\n",
        libvirt_place(meeting));
  }
  return text + (tcp ? "  <protocol type='raw'/>\n" : "") + "</redirdev>\n";
}

}  // namespace

std::string shell_word(const std::string& text) {
  if (text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

// QEMU's identifiers begin with a letter, and not every name is one: so they are numbered.
Result<std::string> qemu_arguments(const std::vector<ReaderSpec>& readers,
                                   std::optional<QemuVersion> version) {
  std::string text = "-device qemu-xhci,p2=15\n";
  const auto all = meetings(readers);
  if (!all) return std::unexpected(all.error());
  for (std::size_t i = 0; i < all->size(); ++i) {
    text += qemu_lines(all->at(i), fmt::format("vscard{}", i), version);
  }
  text.pop_back();
  return text;
}

Result<std::string> libvirt_devices(const std::vector<ReaderSpec>& readers) {
  std::string text = "<controller type='usb' model='qemu-xhci' ports='15'/>\n";
  const auto all = meetings(readers);
  if (!all) return std::unexpected(all.error());
  for (const Meeting& met : *all) {
    if (const auto known = libvirt_supports(met); !known) return std::unexpected(known.error());
    text += libvirt_device(met);
  }
  text.pop_back();
  return text;
}

}  // namespace vscard::ccid_passthru
