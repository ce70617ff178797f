#pragma once

#include "chardev/tls/pairing/code.hpp"
#include "chardev/tls/pairing/party.hpp"
#include "tests/async/run.hpp"
#include "tests/fakes/pipe.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vscard::chardev::tls::pairing::test {

/// A listener's desk, with a clock of the test's, and machines that pair and connect.
class PairedEnds : public testing::Test {
 protected:
  PairedEnds() {
    EXPECT_TRUE(Folder(path("host")).open());
    for (const auto* machine : {"card", "other"}) EXPECT_TRUE(Folder(path(machine)).open());
  }

  std::string path(const std::string& name) const { return folder_.path() / name; }
  Keys keys(const std::string& machine) const {
    Keys keys;
    keys.pair = path(machine);
    return keys;
  }
  void listen() {
    desk_->start([this](const Notice& notice) {
      if (!notice.code.empty()) code_ = notice.code;
      told_.push_back(notice.text);
    });
  }
  bool told(const std::string& text) const {
    return std::ranges::any_of(
        told_, [&text](const std::string& line) { return line.find(text) != std::string::npos; });
  }
  static protocol::SecretBytes parse(const std::string& code) {
    return *parse_code(
        {static_cast<const std::uint8_t*>(static_cast<const void*>(code.data())), code.size()});
  }

  /// The listener's side of a connection.
  void serve(std::unique_ptr<Stream> carrier) {
    async::spawn(io_.get_executor(), accept_paired(std::move(carrier), desk_, keys("host")),
                 [this](auto accepted) {
                   if (accepted) server_ = std::move(*accepted);
                   if (!accepted) refused_.push_back(accepted.error().text);
                 });
  }
  /// "" or what its user is told.
  std::string pair(const std::string& machine, const std::string& code,
                   fakes::StreamFaults faults = {}) {
    auto [near, far] = fakes::make_pipe(faults);
    serve(std::move(far));
    const auto paired = async::test::run(
        io_, pairing::pair(std::move(near), keys(machine), "tls://vmhost:2001", parse(code)));
    return paired ? "" : paired.error().text;
  }
  std::string connect(const std::string& machine) {
    const auto known = check_paired(keys(machine), "tls://vmhost:2001");
    if (!known) return known.error().text;
    auto [near, far] = fakes::make_pipe();
    serve(std::move(far));
    auto connected =
        async::test::run(io_, connect_paired(std::move(near), keys(machine), "tls://vmhost:2001"));
    if (!connected) return connected.error().text;
    client_ = std::move(*connected);
    return "";
  }
  std::string client_end() {
    std::error_code end;
    async::test::run(io_, fakes::read_to_end(*client_, end));
    return end.message();
  }

  asio::io_context io_;
  vscard::test::TempFolder folder_;
  protocol::Time now_{};
  std::shared_ptr<Desk> desk_ =
      std::make_shared<Desk>(Folder(path("host")), "tls://0.0.0.0:2001", [this] { return now_; });
  std::string code_;
  std::vector<std::string> told_;
  std::vector<std::string> refused_;
  std::unique_ptr<Stream> client_;
  std::unique_ptr<Stream> server_;
};

}  // namespace vscard::chardev::tls::pairing::test
