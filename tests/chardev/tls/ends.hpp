#pragma once

#include "chardev/tls/party.hpp"
#include "tests/async/run.hpp"
#include "tests/fakes/pipe.hpp"
#include "tests/fakes/tls_server.hpp"
#include "tests/peer/temp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

namespace vscard::chardev::tls::test {

/// A client and a server of ours, joined by a pipe whose faults are the client's. Their files are
/// in a folder of the test's: each certificate is its own authority.
class TlsEnds : public testing::Test {
 protected:
  TlsEnds() {
    write("server", fakes::TlsIdentity("CN=vmhost", "DNS:vmhost"));
    write("client", fakes::TlsIdentity("O=Example,CN=laptop", "email:laptop@example.org"));
    write("stranger", fakes::TlsIdentity("CN=laptop", "email:laptop@example.org"));
    write("ended", fakes::TlsIdentity("CN=vmhost", "DNS:vmhost", -60));
    write_psks("keys", "other:" + std::string(32, 'b') + "\nlaptop:" + std::string(32, 'a') + "\n");
  }

  void write(const std::string& name, const fakes::TlsIdentity& identity) const {
    vscard::test::write_text(path(name), identity.pem());
    vscard::test::write_text(path(name + ".key"), identity.key_pem());
  }
  void write_psks(const std::string& name, const std::string& text) const {
    vscard::test::write_text(path(name), text);
    std::filesystem::permissions(path(name), std::filesystem::perms::owner_read);
  }
  std::string path(const std::string& name) const { return folder_.path() / name; }

  Keys server_keys(const std::string& client = "client") const {
    return {.cert = path("server"),
            .key = path("server.key"),
            .ca = client.empty() ? "" : path(client),
            .name = "",
            .peers = {},
            .psk = ""};
  }
  Keys client_keys(const std::string& server = "server", const std::string& own = "client") const {
    return {.cert = own.empty() ? "" : path(own),
            .key = own.empty() ? "" : path(own + ".key"),
            .ca = path(server),
            .name = "",
            .peers = {},
            .psk = ""};
  }
  Keys psk_keys(const std::string& file) const {
    return {.cert = "", .key = "", .ca = "", .name = "", .peers = {}, .psk = path(file)};
  }

  /// Both handshakes, and what the client reads first when the server has refused it.
  void join(Keys client, Keys server, fakes::StreamFaults faults = {}) {
    auto [near, far] = fakes::make_pipe(faults);
    client_error_ = server_error_ = "";
    async::spawn(io_.get_executor(), accept_tls13(std::move(far), std::move(server)),
                 [this](auto accepted) {
                   if (accepted) server_ = std::move(*accepted);
                   if (!accepted) server_error_ = accepted.error().text;
                 });
    auto connected =
        async::test::run(io_, connect_tls13(std::move(near), std::move(client), "vmhost"));
    if (connected) client_ = std::move(*connected);
    if (!connected) client_error_ = connected.error().text;
    if (!connected) remedy_ = connected.error().remedy;
    if (!connected || server_error_.empty()) return;
    std::error_code end;
    async::test::run(io_, fakes::read_to_end(*client_, end));
    client_error_ = end.message();
  }

  asio::io_context io_;
  vscard::test::TempFolder folder_;
  std::unique_ptr<Stream> client_;
  std::unique_ptr<Stream> server_;
  std::string client_error_;
  ConnectError::Remedy remedy_{};
  std::string server_error_;
};

}  // namespace vscard::chardev::tls::test
