#include "chardev/spice/server_spec.hpp"

#include "chardev/secret_input.hpp"
#include "chardev/spice/ticket.hpp"
#include "chardev/spice/virt_viewer_file.hpp"
#include "chardev/transport.hpp"

#include <utility>

namespace vscard::chardev::spice {
namespace {

constexpr std::string_view kFileEnding = ".vv";
constexpr std::string_view kHttp = "http://";
constexpr std::size_t kMaxFile = 65536;  ///< bytes

Result<> check_keys(const Address& address) {
  const bool tls = address.scheme == "spice+tls";
  const auto unknown =
      tls ? address.keys.other_than({"password-file", "password-fd", "port", "ca", "subject"})
          : address.keys.other_than({"password-file", "password-fd", "port"});
  if (unknown) {
    return std::unexpected(address.scheme + " has no key '" + *unknown +
                           "'; there are password-file, password-fd and port" +
                           (tls ? ", ca and subject" : "; ca and subject go with spice+tls://"));
  }
  if (address.keys.last("port") == "") return std::unexpected("port= has no name");
  const auto password = parse_password_keys(address.keys);
  if (!password) return std::unexpected(password.error());
  return {};
}

bool is_file(const Address& address) {
  return address.scheme == "spice" && address.location.ends_with(kFileEnding);
}

std::string join(const std::string& host, const std::string& port) {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

/// HOST:PORT of "http://HOST:PORT".
Result<std::string> proxy_location(std::string_view proxy) {
  if (!proxy.starts_with(kHttp)) {
    return std::unexpected("proxy=" + std::string(proxy) + " is not supported, only http://");
  }
  proxy.remove_prefix(kHttp.size());
  if (proxy.ends_with('/')) proxy.remove_suffix(1);
  return std::string(proxy);
}

Result<ServerSpec> read_file(const std::string& path) {
  const auto text = read_secret_file(path, kMaxFile);
  if (!text) return std::unexpected(text.error());
  auto file = parse_virt_viewer_file(text->view());
  if (!file) return std::unexpected(path + ": " + file.error().text);
  const bool tls = !file->tls_port.empty();
  ServerSpec server;
  const std::string& port = tls ? file->tls_port : file->port;
  server.carrier.scheme = "tcp";
  server.carrier.location = join(file->host, port);
  if (!file->proxy.empty()) {
    const auto proxy = proxy_location(file->proxy);
    if (!proxy) return std::unexpected(path + ": " + proxy.error().text);
    server.carrier.location = *proxy;
    server.tunnel = Tunnel{.host = file->host, .port = port};
  }
  if (const auto checked = kTcp.check(server.carrier); !checked) {
    return std::unexpected(path + ": " + checked.error().text);
  }
  if (tls) {
    server.trust =
        tls::Trust{.ca_file = "", .ca = file->ca, .subject = file->subject, .host = file->host};
  }
  server.password = std::move(file->password);
  return server;
}

}  // namespace

Result<> check(const Address& address) {
  if (auto keys = check_keys(address); !keys) return keys;
  if (address.scheme == "spice+unix") {
    return kUnix.check({.scheme = "unix", .location = address.location, .keys = {}});
  }
  if (is_file(address)) return {};
  const auto target = parse_host_port(address.location);
  if (!target) return std::unexpected(target.error());
  return {};
}

Result<ServerSpec> parse_server(const Address& address) {
  if (const auto checked = check(address); !checked) return std::unexpected(checked.error());
  if (is_file(address)) return read_file(address.location);
  ServerSpec server;
  server.carrier.scheme = address.scheme == "spice+unix" ? "unix" : "tcp";
  server.carrier.location = address.location;
  if (address.scheme == "spice+tls") {
    server.trust = tls::Trust{.ca_file = address.keys.last("ca").value_or(""),
                              .ca = "",
                              .subject = address.keys.last("subject").value_or(""),
                              .host = parse_host_port(address.location)->host};
  }
  return server;
}

Result<ServerSpec> ServerReader::read() {
  auto server = parse_server(address_);
  if (!server) return server;
  const auto source = parse_password_keys(address_.keys);
  if (!source) return std::unexpected(source.error());
  if (!*source) return server;
  const int* const descriptor = std::get_if<int>(&**source);
  auto password = descriptor != nullptr
                      ? read_descriptor(*descriptor)
                      : read_secret_line(std::get<std::string>(**source), kSpicePassword);
  if (!password) return std::unexpected(password.error());
  server->password = std::move(*password);
  return server;
}

Result<protocol::SecretBytes> ServerReader::read_descriptor(int number) {
  if (!remembered_) {
    auto password = read_secret_line(number, kSpicePassword);
    if (!password) return password;
    remembered_ = std::move(*password);
  }
  return remembered_->clone();
}

}  // namespace vscard::chardev::spice
