#pragma once

#include "async/spawn.hpp"
#include "chardev/program_transports.hpp"
#include "tests/chardev/run_to_end.hpp"
#include "tests/peer/nats_server.hpp"
#include "tests/peer/temp_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vscard::chardev::nats {

using Accepted = std::expected<std::unique_ptr<Stream>, AcceptError>;

/// Streams over Debian's nats-server.
class OverNats : public testing::Test {
 protected:
  /// With lines of a configuration.
  void start_server(const std::string& configuration = "") {
    test::write_text(folder_.path() / "conf", configuration);
    server_.emplace(std::vector<std::string>{"--config", folder_.path() / "conf"});
  }
  std::string address(const std::string& rest = "/card") const {
    return "nats://" + server_->host() + rest;
  }

  template <class T>
  T run(Awaitable<T> work) {
    return vscard::test::run_to_end(io_, std::move(work));
  }
  std::unique_ptr<Listener> listen(const std::string& text) {
    const Address address = parse_address(text).value();
    const auto* const transport = find_transport(program_transports(), address).value();
    return transport->listen(io_.get_executor(), address).value();
  }
  Connected connect(const std::string& text) {
    const Address address = parse_address(text).value();
    const auto* const transport = find_transport(program_transports(), address).value();
    return run(connect_once(*transport, io_.get_executor(), address));
  }
  std::string connect_error(const std::string& text) {
    const auto connected = connect(text);
    return connected ? "" : connected.error().text;
  }
  std::string accept_error(Listener& listener) {
    const auto accepted = run(listener.accept());
    return accepted ? "" : accepted.error().text;
  }
  struct Ends {
    std::unique_ptr<Stream> listening;
    std::unique_ptr<Stream> connecting;
  };
  /// Until somebody offers what is asked for.
  Ends meet(Listener& listener, const std::string& text) {
    Ends ends;
    async::spawn(io_.get_executor(), listener.accept(), [&ends](Accepted accepted) {
      ASSERT_TRUE(accepted) << accepted.error().text;
      ends.listening = std::move(*accepted);
    });
    auto connected = connect(text);
    while (!connected && !HasFailure()) connected = connect(text);
    ends.connecting = std::move(*connected);
    while (!ends.listening && !HasFailure()) io_.run_one();
    return ends;
  }
  std::string sent(Stream& from, Stream& to, const std::string& text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    std::error_code failed;
    async::spawn(io_.get_executor(), from.write(bytes), [&failed](auto error) { failed = error; });
    std::string all;
    while (all.size() < text.size() && !failed) {
      std::vector<std::uint8_t> buffer(10'000);
      const auto size = run(to.read(buffer));
      if (!size) return size.error().message();
      all.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
    }
    return failed ? failed.message() : all;
  }
  std::error_code end_of(Stream& stream) {
    std::vector<std::uint8_t> buffer(10);
    const auto size = run(stream.read(buffer));
    return size ? std::error_code() : size.error();
  }

  void keep(Accepted accepted) {
    ASSERT_TRUE(accepted) << accepted.error().text;
    kept_.push_back(std::move(*accepted));
  }
  /// While a card is offered to somebody who does not want it, it is taken.
  std::unique_ptr<Stream> until_lent(const std::string& text) {
    auto connected = connect(text);
    while (!connected && !HasFailure()) connected = connect(text);
    return std::move(*connected);
  }

  test::TempFolder folder_;
  asio::io_context io_;
  std::vector<std::unique_ptr<Stream>> kept_;
  std::optional<test::NatsServer> server_;
};

}  // namespace vscard::chardev::nats
