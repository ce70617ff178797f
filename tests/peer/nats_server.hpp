#pragma once

#include "tests/peer/child.hpp"

#include <string>
#include <utility>
#include <vector>

namespace vscard::test {

/// Debian's nats-server, on a port of 127.0.0.1 that the system chose.
class NatsServer {
 public:
  explicit NatsServer(std::vector<std::string> options = {})
      : server_(arguments(std::move(options))) {
    const std::string line = server_.wait_for("Listening for client connections on ");
    port_ = line.substr(line.rfind(':') + 1);
    server_.wait_for("Server is ready");
  }

  /// "127.0.0.1:PORT"
  std::string host() const { return "127.0.0.1:" + port_; }
  const std::string& port() const { return port_; }
  Child& process() { return server_; }

 private:
  static std::vector<std::string> arguments(std::vector<std::string> options) {
    std::vector<std::string> all{"/usr/sbin/nats-server", "--addr", "127.0.0.1", "--port", "-1"};
    all.insert(all.end(), options.begin(), options.end());
    return all;
  }

  Child server_;
  std::string port_;
};

}  // namespace vscard::test
