#include "chardev/tls/target.hpp"

#include "chardev/endpoint.hpp"

namespace vscard::chardev::tls {

std::string host_of(const std::string& target) {
  const std::string last = target.substr(target.rfind('/') + 1);
  const auto parsed = parse_host_port(last);
  return parsed ? parsed->host : last;
}

std::string scheme_over(const std::string& carrier) {
  const std::string scheme = carrier.substr(0, carrier.find(':'));
  return scheme == "tcp" ? "tls" : scheme;
}

}  // namespace vscard::chardev::tls
