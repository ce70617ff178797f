#include "chardev/nats/server_spec.hpp"

#include "chardev/number.hpp"
#include "chardev/tcp.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

namespace vscard::chardev::nats {
namespace {

constexpr std::size_t kMaxName = 100;     ///< bytes
constexpr std::size_t kMaxSubject = 300;  ///< bytes
constexpr std::size_t kMaxServers = 16;
constexpr std::size_t kMaxLabels = 16;
constexpr std::size_t kMaxLabel = 32;               ///< bytes
constexpr std::uint32_t kMaxTime = 30 * 24 * 3600;  ///< seconds: of a lease, of a wait
constexpr std::array<std::string_view, 8> kKeys{"creds", "user",  "nkey",  "password-file",
                                                "inbox", "label", "lease", "wait"};
constexpr std::array<std::string_view, 4> kTlsKeys{"ca", "cert", "key",
                                                   "name"};                 ///< to the servers
constexpr std::array<std::string_view, 3> kEndKeys{"pair", "peer", "psk"};  ///< from end to end

bool has(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// "pool.a": words between dots, of which a subject can be made.
bool is_subject(std::string_view text) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= kMaxName && !text.starts_with('.') &&
         !text.ends_with('.') && !text.contains("..") && std::ranges::all_of(text, is_part);
}

Result<> check_keys(const Address& address) {
  const bool tls = address.scheme == "nats+tls";
  for (const auto& [key, value] : address.keys.keys) {
    if (!has(kKeys, key) && !has(kEndKeys, key) && !(tls && has(kTlsKeys, key))) {
      return std::unexpected(
          address.scheme + ":// has no key '" + key +
          "'; there are creds, user, nkey, password-file, inbox, label, "
          "lease, wait, psk, pair and peer" +
          (tls ? ", and ca, cert, key and name" : "; ca, cert, key and name go with nats+tls://"));
    }
    if (value.empty()) return std::unexpected(key + "= has no value");
  }
  return {};
}

Result<> check_identity(const Servers& servers) {
  const bool named = !servers.user.empty();
  const bool proven = !servers.nkey.empty() || !servers.password_file.empty();
  if (!servers.creds.empty() && (named || proven)) {
    return std::unexpected("creds= takes the place of user=, nkey= and password-file=");
  }
  if (!servers.nkey.empty() && !servers.password_file.empty()) {
    return std::unexpected("there is one of nkey= and password-file=");
  }
  if (named != proven) {
    return std::unexpected(
        "user= goes with nkey=FILE, then it is the public key that begins with "
        "U, or with password-file=FILE");
  }
  if (!is_subject(servers.inbox)) {
    return std::unexpected("inbox=" + servers.inbox + " is not the beginning of a subject");
  }
  return {};
}

Result<> check_tls(const Servers& servers) {
  if (servers.tls && servers.ca.empty()) {
    return std::unexpected("nats+tls:// needs ca=FILE, which signs the servers' certificates");
  }
  if (servers.cert.empty() && !servers.key.empty()) {
    return std::unexpected("key= needs cert=, the certificate that it belongs to");
  }
  return {};
}

Result<std::vector<std::string>> parse_hosts(std::string_view text) {
  std::vector<std::string> hosts;
  while (true) {
    const std::string_view host = text.substr(0, text.find('+'));
    if (const auto parsed = parse_host_port(host); !parsed) {
      return std::unexpected(parsed.error());
    }
    hosts.emplace_back(host);
    if (hosts.size() > kMaxServers) {
      return std::unexpected("there are at most " + std::to_string(kMaxServers) + " servers");
    }
    if (host.size() == text.size()) return hosts;
    text.remove_prefix(host.size() + 1);
  }
}

bool is_label(std::string_view text) {
  return text.size() <= kMaxLabel && text.contains('=') && !text.starts_with('=') &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

Result<std::optional<std::chrono::seconds>> parse_time(const Address& address,
                                                       const std::string& key) {
  const auto value = address.keys.last(key);
  if (!value) return std::nullopt;
  const auto seconds = parse_number<std::uint32_t>(*value, 1, kMaxTime);
  if (seconds) return std::chrono::seconds(*seconds);
  return std::unexpected(key + "=" + *value + " is not a number of seconds, of at most 30 days");
}

Result<> parse_pool(const Address& address, ServerSpec& spec) {
  spec.labels = address.keys.all("label");
  const auto lease = parse_time(address, "lease");
  const auto wait = parse_time(address, "wait");
  if (!lease) return std::unexpected(lease.error());
  if (!wait) return std::unexpected(wait.error());
  spec.lease = *lease;
  spec.wait = *wait;
  if (!spec.pool() && (spec.lease || spec.wait || !spec.labels.empty())) {
    return std::unexpected("label=, lease= and wait= go with a name that begins with 'pool.'");
  }
  if (spec.labels.size() > kMaxLabels || !std::ranges::all_of(spec.labels, is_label)) {
    return std::unexpected(
        "a label is written label=NAME=VALUE, with at most 32 characters; there "
        "are at most 16");
  }
  return {};
}

Result<> parse_ends(const Address& address, ServerSpec& spec) {
  KeyList list;
  std::ranges::copy_if(address.keys.keys, std::back_inserter(list.keys),
                       [](const auto& key) { return has(kEndKeys, key.first); });
  auto keys = tls::parse_keys(list);
  if (!keys) return std::unexpected(keys.error());
  if (spec.pool() && !keys->pair.empty()) {
    return std::unexpected("pair= is for a name that one program offers; a pool has psk=FILE");
  }
  spec.ends = std::move(*keys);
  return {};
}

}  // namespace

Result<ServerSpec> parse_servers(const Address& address) {
  if (const auto known = check_keys(address); !known) return std::unexpected(known.error());
  const auto value = [&address](std::string_view key) {
    return address.keys.last(key).value_or("");
  };
  const std::size_t slash = address.location.find('/');
  if (slash == std::string::npos ||
      !is_subject(std::string_view(address.location).substr(slash + 1))) {
    return std::unexpected(
        "an address on NATS ends with /NAME: letters, digits, '-', '_' and dots "
        "between them");
  }
  auto hosts = parse_hosts(std::string_view(address.location).substr(0, slash));
  if (!hosts) return std::unexpected(hosts.error());
  Servers servers{.hosts = std::move(*hosts),
                  .creds = value("creds"),
                  .user = value("user"),
                  .nkey = value("nkey"),
                  .password_file = value("password-file"),
                  .inbox = address.keys.last("inbox").value_or("_INBOX"),
                  .tls = address.scheme == "nats+tls",
                  .ca = value("ca"),
                  .cert = value("cert"),
                  .key = value("key"),
                  .server_name = value("name")};
  if (servers.key.empty()) servers.key = servers.cert;
  if (const auto good = check_identity(servers); !good) return std::unexpected(good.error());
  if (const auto good = check_tls(servers); !good) return std::unexpected(good.error());
  ServerSpec spec{.servers = std::move(servers),
                  .name = address.location.substr(slash + 1),
                  .labels = {},
                  .lease = {},
                  .wait = {},
                  .ends = {}};
  if (const auto good = parse_pool(address, spec); !good) return std::unexpected(good.error());
  if (const auto good = parse_ends(address, spec); !good) return std::unexpected(good.error());
  return spec;
}

std::vector<std::string> urls_of(const Servers& servers) {
  std::vector<std::string> urls;
  for (const std::string& text : servers.hosts) {
    const auto server = parse_host_port(text);
    if (servers.tls || !server) {
      urls.push_back("nats://" + text);
      continue;
    }
    for (const std::string& host : hosts_of(*server)) {
      const bool ipv6 = host.find(':') != std::string::npos;
      urls.push_back("nats://" + (ipv6 ? "[" + host + "]" : host) + ":" + server->port);
    }
  }
  return urls;
}

bool on_loopback(const Servers& servers) {
  return std::ranges::all_of(servers.hosts, [](const std::string& host) {
    const auto parsed = parse_host_port(host);
    return parsed && parsed->loopback();
  });
}

bool is_reply_subject(const std::string& subject) {
  return !subject.empty() && subject.size() <= kMaxSubject && subject.front() != '$' &&
         std::ranges::all_of(subject,
                             [](char c) { return c > ' ' && c < '\x7f' && c != '*' && c != '>'; });
}

}  // namespace vscard::chardev::nats
