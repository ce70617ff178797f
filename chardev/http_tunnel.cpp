#include "chardev/http_tunnel.hpp"

#include "chardev/http_head.hpp"

#include <string>
#include <string_view>

namespace vscard::chardev {
namespace {

constexpr std::size_t kMaxAnswer = 4096;  ///< bytes of the answer's header
constexpr std::string_view kProtocol = "HTTP/1.";
constexpr std::size_t kStatusAt = std::string_view("HTTP/1.1 ").size();

std::string request(const Tunnel& tunnel) {
  const std::string target = tunnel.host + ":" + tunnel.port;
  return "CONNECT " + target + " HTTP/1.0\r\nHost: " + target + "\r\n\r\n";
}

/// Is this a whole answer that grants the tunnel?
std::expected<void, ConnectError> judge(const std::string& answer) {
  if (!answer.starts_with(kProtocol)) {
    return std::unexpected(
        ConnectError{"the proxy does not speak HTTP", ConnectError::Remedy::GiveUp});
  }
  if (answer.substr(kStatusAt, 1) != "2") {
    return std::unexpected(
        ConnectError{"the proxy refuses: " + answer.substr(0, answer.find('\r'))});
  }
  if (answer.ends_with(kHeadEnd)) return {};
  return std::unexpected(ConnectError{"the proxy: the header of its answer has more than " +
                                      std::to_string(kMaxAnswer) + " bytes"});
}

}  // namespace

Awaitable<std::expected<void, ConnectError>> open_tunnel(Stream& proxy, Tunnel tunnel) {
  const std::string question = request(tunnel);
  const std::vector<std::uint8_t> bytes(question.begin(), question.end());
  if (const auto error = co_await proxy.write(bytes)) {
    co_return std::unexpected(ConnectError{"the proxy: " + error.message()});
  }
  const auto answer = co_await read_http_head(proxy, kMaxAnswer);
  if (!answer) co_return std::unexpected(ConnectError{"the proxy: " + answer.error().message()});
  co_return judge(*answer);
}

}  // namespace vscard::chardev
