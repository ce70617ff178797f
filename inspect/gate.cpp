#include "inspect/gate.hpp"

#include "chardev/endpoint.hpp"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <sys/random.h>
#include <system_error>

namespace vscard::inspect {
namespace {

constexpr std::size_t kTokenSize = 16;  ///< bytes

std::string make_token() {
  std::array<std::uint8_t, kTokenSize> chance{};
  if (::getentropy(chance.data(), chance.size()) != 0) {
    throw std::system_error(errno, std::generic_category(), "getentropy");
  }
  std::string token;
  for (const unsigned byte : chance) token += fmt::format("{:02x}", byte);
  return token;
}

/// Takes as long whatever differs.
bool is_same(std::string_view given, std::string_view token) {
  if (given.size() != token.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    difference |= static_cast<unsigned>(given[i] ^ token[i]);
  }
  return difference == 0;
}

/// "localhost" stands for port 80.
bool is_loopback(const std::string& host) {
  const auto with_port = chardev::parse_host_port(host);
  const auto parsed = with_port ? with_port : chardev::parse_host_port(host + ":80");
  return parsed && parsed->loopback();
}

}  // namespace

Gate::Gate() : token_(make_token()) {}

std::optional<Status> Gate::refuse(const Request& request) {
  if (!is_loopback(request.host)) return Status::Forbidden;
  if (request.origin && *request.origin != "http://" + request.host) return Status::Forbidden;
  return std::nullopt;
}

std::optional<Status> Gate::refuse_contents(const Request& request) const {
  if (const auto refused = refuse(request)) return refused;
  if (!is_same(request.token, token_)) return Status::Unauthorized;
  return std::nullopt;
}

}  // namespace vscard::inspect
