#include "ccid-passthru/attach.hpp"

#include <fmt/core.h>

#include <filesystem>

namespace vscard::ccid_passthru {
namespace {

using chardev::Endpoint;

/// What a shell takes as it is.
constexpr const char* kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,.:/=_-@%+";

/// Where the machine has its end of the stream.
struct Meeting {
  bool machine_listens = false;
  std::string path;         ///< of a UNIX socket, or empty
  chardev::HostPort place;  ///< else
};

Result<Meeting> meeting(const Endpoint& usbredir) {
  const chardev::Address& address = usbredir.address;
  Meeting meeting;
  meeting.machine_listens = usbredir.mode == Endpoint::Mode::Connect;
  if (address.scheme == "unix") {
    meeting.path = address.location;
    // The machine starts in another folder.
    if (meeting.path.front() != '@') meeting.path = std::filesystem::absolute(meeting.path);
    return meeting;
  }
  if (address.scheme != "tcp") {
    return std::unexpected("--print knows how to attach unix: and tcp://, not " + address.text());
  }
  const auto place = chardev::parse_host_port(address.location);
  if (!place) return std::unexpected(place.error());
  if (place->port == "0") {
    return std::unexpected("--print needs a port in " + address.text() + ", not 0");
  }
  meeting.place = *place;
  return meeting;
}

Result<std::vector<Meeting>> meetings(const std::vector<ReaderSpec>& readers) {
  std::vector<Meeting> all;
  for (const ReaderSpec& reader : readers) {
    if (reader.usbredir.empty()) {
      return std::unexpected("reader " + reader.identity.name +
                             " has no --usbredir: --print usbip shows how to attach it");
    }
    for (const Endpoint& usbredir : reader.usbredir) {
      auto met = meeting(usbredir);
      if (!met) return std::unexpected(met.error());
      all.push_back(std::move(*met));
    }
  }
  return all;
}

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
         (meeting.path.empty() ? ",nodelay=on" : "");
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
    const std::string socket =
        fmt::format("socket,id=vscard{},{}", i, qemu_socket(all->at(i), version));
    text += fmt::format("-chardev {}\n-device usb-redir,chardev=vscard{},id=vscard{}-reader\n",
                        shell_word(socket), i, i);
  }
  text.pop_back();
  return text;
}

Result<std::string> libvirt_devices(const std::vector<ReaderSpec>& readers) {
  std::string text = "<controller type='usb' model='qemu-xhci' ports='15'/>\n";
  const auto all = meetings(readers);
  if (!all) return std::unexpected(all.error());
  for (const Meeting& met : *all) {
    const bool unix_socket = !met.path.empty();
    const std::string place =
        unix_socket ? "path='" + xml_text(met.path) + "'"
                    : "host='" + xml_text(met.place.host) + "' service='" + met.place.port + "'";
    if (unix_socket && met.path.front() == '@') {
      return std::unexpected("libvirt does not support an abstract socket such as " + met.path);
    }
    text += fmt::format("<redirdev bus='usb' type='{}'>\n", unix_socket ? "unix" : "tcp");
    if (met.machine_listens) {
      text += fmt::format("  <source mode='bind' {}/>\n", place);
    } else {
      text += fmt::format(
          "  <source mode='connect' {}>\n    <reconnect enabled='yes' timeout='1'/>\n  </source>\n",
          place);
    }
    if (!unix_socket) text += "  <protocol type='raw'/>\n";
    text += "</redirdev>\n";
  }
  text.pop_back();
  return text;
}

}  // namespace vscard::ccid_passthru
