#include "pcsc-bridge/reader/channel_options.hpp"

#include "chardev/number.hpp"
#include "chardev/stdio.hpp"
#include "chardev/transports.hpp"
#include "session/exposure.hpp"

#include <fstream>
#include <string>
#include <utility>

namespace vscard::pcsc_bridge::reader {
namespace {

using Exposure = session::LinkOptions::Exposure;

constexpr const char* kTimeoutKey = "apdu-timeout";
constexpr const char* kInsecureKey = "insecure";
constexpr unsigned kMaxTimeout = 86'400;  ///< seconds

/// The one line of the file that is neither empty nor a comment.
Result<std::string> read_endpoint(const std::string& path) {
  std::ifstream file(path);
  std::string found;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    if (!found.empty()) return std::unexpected(path + " has more than one line with an endpoint");
    found = line;
  }
  if (!file.eof()) return std::unexpected("cannot read " + path);
  if (found.empty()) return std::unexpected(path + " has no line with an endpoint");
  return found;
}

Result<protocol::Duration> take_timeout(chardev::Address& address, protocol::Duration usual) {
  const auto text = address.keys.last(kTimeoutKey);
  if (!text) return usual;
  const auto seconds = chardev::parse_number<unsigned>(*text, 1, kMaxTimeout);
  if (!seconds) {
    return std::unexpected("apdu-timeout=" + *text + " is not a number of seconds from 1 to 86400");
  }
  std::erase_if(address.keys.keys, [](const auto& key) { return key.first == kTimeoutKey; });
  return std::chrono::seconds(*seconds);
}

/// In a reader.conf it stands in quotes, which come here with it.
std::string without_quotes(std::string_view text) {
  const bool quoted = text.size() > 1 && text.front() == '"' && text.back() == '"';
  return std::string(quoted ? text.substr(1, text.size() - 2) : text);
}

Result<Exposure> take_insecure(chardev::Address& address) {
  const auto text = address.keys.last(kInsecureKey);
  if (!text) return Exposure::Refused;
  if (*text != "yes") return std::unexpected("insecure=" + *text + " is not insecure=yes");
  std::erase_if(address.keys.keys, [](const auto& key) { return key.first == kInsecureKey; });
  return Exposure::Allowed;
}

/// What pcscd, somebody else's process, is not to load a library for.
bool is_for_programs_alone(const chardev::Address& address) {
  return address.scheme.starts_with("nats") || address.scheme == "vnc";
}

/// Can pcscd have it?
Result<> check(const session::VscLinkOptions& options) {
  const session::LinkOptions& link = options.link;
  if (options.transport == &chardev::kFd || options.transport == &chardev::kStdio) {
    return std::unexpected(link.endpoint.address.text() +
                           " is not for pcscd, which needs its own streams and sockets itself");
  }
  if (link.exposure == Exposure::Allowed) return {};
  return session::check_exposure(link.endpoint, *options.transport, "add ,insecure=yes");
}

}  // namespace

Result<session::VscLinkOptions> parse_channel(std::string_view device) {
  const std::string given = without_quotes(device);
  const auto text = given.starts_with('/') ? read_endpoint(given) : given;
  if (!text) return std::unexpected(text.error());
  auto endpoint = chardev::parse_endpoint(*text);
  if (!endpoint) return std::unexpected(endpoint.error());
  if (is_for_programs_alone(endpoint->address)) {
    return std::unexpected(endpoint->address.scheme +
                           ":// is not for pcscd: pcsc-bridge serve --reader takes it");
  }
  return channel_to(std::move(*endpoint), chardev::peer_transports(), protocol::vsc::kApduTimeout);
}

Result<session::VscLinkOptions> channel_to(chardev::Endpoint endpoint,
                                           std::span<const chardev::Transport* const> transports,
                                           protocol::Duration apdu_timeout) {
  const auto timeout = take_timeout(endpoint.address, apdu_timeout);
  if (!timeout) return std::unexpected(timeout.error());
  const auto exposure = take_insecure(endpoint.address);
  if (!exposure) return std::unexpected(exposure.error());
  auto link = session::vsc_link_to(std::move(endpoint), transports);
  if (!link) return link;
  link->apdu_timeout = *timeout;
  link->link.exposure = *exposure;
  if (const auto good = check(*link); !good) return std::unexpected(good.error());
  return link;
}

}  // namespace vscard::pcsc_bridge::reader
