#include "pcsc-bridge/reader/channel_options.hpp"

#include "chardev/number.hpp"
#include "session/peer_limits_key.hpp"

#include <fstream>

namespace vscard::pcsc_bridge::reader {
namespace {

constexpr const char* kTimeoutKey = "apdu-timeout";
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

Result<protocol::Duration> take_timeout(chardev::Address& address) {
  const auto text = address.keys.last(kTimeoutKey);
  if (!text) return protocol::vsc::kApduTimeout;
  const auto seconds = chardev::parse_number<unsigned>(*text, 1, kMaxTimeout);
  if (!seconds) {
    return std::unexpected("apdu-timeout=" + *text + " is no number of seconds from 1 to 86400");
  }
  std::erase_if(address.keys.keys, [](const auto& key) { return key.first == kTimeoutKey; });
  return std::chrono::seconds(*seconds);
}

}  // namespace

Result<ChannelOptions> parse_channel(std::string_view device) {
  std::string text(device);
  if (text.size() > 1 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.starts_with('/')) {
    auto read = read_endpoint(text);
    if (!read) return std::unexpected(read.error());
    text = std::move(*read);
  }
  ChannelOptions options;
  const auto endpoint = chardev::parse_endpoint(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  options.endpoint = *endpoint;
  const auto client = session::take_peer_limits(options.endpoint.address);
  if (!client) return std::unexpected(client.error());
  options.client = *client;
  const auto timeout = take_timeout(options.endpoint.address);
  if (!timeout) return std::unexpected(timeout.error());
  options.apdu_timeout = *timeout;
  const auto transport =
      chardev::find_transport(chardev::standard_transports(), options.endpoint.address);
  if (!transport) return std::unexpected(transport.error());
  options.transport = *transport;
  const chardev::Address& address = options.endpoint.address;
  if (options.endpoint.mode == chardev::Endpoint::Mode::Listen &&
      (*transport)->reachable_unencrypted(address)) {
    return std::unexpected("will not listen on " + address.text() +
                           ": PINs would go unencrypted, and whoever reaches it gets the reader; "
                           "listen on 127.0.0.1 or a UNIX socket");
  }
  return options;
}

}  // namespace vscard::pcsc_bridge::reader
