#pragma once

#include "async/spawn.hpp"
#include "chardev/transport.hpp"
#include "tests/fakes/hex.hpp"
#include "tests/fakes/tls_server.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vscard::fakes {

/// A VNC server without a picture, on the executor of its listener. It says what QEMU's says, or
/// what a test has it say.
class VncServer {
 public:
  /// What it sends, and how many bytes it waits for after each.
  using Script = std::vector<std::pair<std::string, std::size_t>>;

  static Script open() {
    return {{"524642203030332e3030380a", 12},  // "RFB 003.008"
            {"0101", 1},                       // one security type: None
            {"00000000", 1},                   // OK
            {"028001e0"                        // ServerInit: 640 x 480
             "2018000100ff00ff00ff1008000000"  // pixel format
             "00"
             "0000000451454d55",  // "QEMU"
             0}};
  }

  /// VeNCrypt with these subtypes alone; TLS begins after it.
  static Script only_vencrypt(const std::string& subtypes) {
    return {{"524642203030332e3030380a", 12},
            {"0113", 1},
            {"0002", 2},
            {"000" + std::to_string(subtypes.size() / 8) + subtypes, 4},
            {"01", 0}};
  }

  VncServer(const asio::any_io_executor& executor, std::unique_ptr<chardev::Listener> listener,
            Script script)
      : state_(std::make_shared<State>(std::move(listener), std::move(script))) {
    async::spawn(executor, run(state_));
  }
  VncServer(const VncServer&) = delete;
  VncServer& operator=(const VncServer&) = delete;
  ~VncServer() { state_->listener->close(); }

  std::string address() const { return state_->listener->address(); }
  /// After the script comes TLS, and in it this one.
  void speak_tls(const TlsIdentity& identity, Script inside) {
    state_->identity = &identity;
    state_->inside = std::move(inside);
  }
  /// What the last client said after the script, or inside TLS, as hex.
  const std::string& heard() const { return state_->heard; }
  /// The clients that have gone.
  int gone() const { return state_->gone; }
  /// Answers each thing that it hears after the script.
  void answer(const std::string& hex) { state_->answer = hex; }

 private:
  struct State {
    std::unique_ptr<chardev::Listener> listener;
    Script script;
    const TlsIdentity* identity = nullptr;
    Script inside = {};
    std::string heard = {};
    std::string answer = {};
    int gone = 0;
  };

  static Awaitable<void> run(std::shared_ptr<State> state) {
    const auto executor = co_await asio::this_coro::executor;
    while (true) {
      auto client = co_await state->listener->accept();
      if (!client) co_return;
      async::spawn(executor, serve(state, std::move(*client)));
    }
  }
  static Awaitable<void> serve(std::shared_ptr<State> state,
                               std::unique_ptr<chardev::Stream> client) {
    for (const auto& [says, waits_for] : state->script) {
      const auto bytes = from_hex(says);
      std::vector<std::uint8_t> heard(waits_for);
      bool gone = static_cast<bool>(co_await client->write(bytes));
      gone = gone || co_await chardev::read_exactly(*client, heard);
      if (gone) break;
    }
    state->heard.clear();
    if (state->identity != nullptr) co_return co_await serve_in_tls(state, std::move(client));
    std::vector<std::uint8_t> buffer(4096);
    while (true) {
      const auto size = co_await client->read(buffer);
      if (!size) break;
      state->heard += to_hex(protocol::Bytes(buffer).first(*size));
      const auto answer = from_hex(state->answer);
      if (co_await client->write(answer)) break;
    }
    ++state->gone;
  }

  static Awaitable<void> serve_in_tls(std::shared_ptr<State> state,
                                      std::unique_ptr<chardev::Stream> client) {
    TlsServer tls(*client, *state->identity);
    if (!co_await tls.accept()) co_return;
    for (const auto& [says, waits_for] : state->inside) {
      co_await tls.write(from_hex(says));
      const auto heard = co_await tls.read_exactly(waits_for);
      state->heard += to_hex(heard);
    }
    std::vector<std::uint8_t> buffer(4096);
    while (co_await client->read(buffer)) {
    }
    ++state->gone;
  }

  std::shared_ptr<State> state_;
};

}  // namespace vscard::fakes
