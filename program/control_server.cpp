#include "program/control_server.hpp"

#include "async/error.hpp"
#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "program/control_stream.hpp"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <set>
#include <utility>

namespace vscard::program {
namespace {

using chardev::Stream;

constexpr std::size_t kMaxConnections = 16;
constexpr std::chrono::seconds kPatience{10};  ///< with a command and its answer
constexpr std::chrono::seconds kAcceptPause{1};

std::string encode(const Result<std::string>& result) {
  const std::string& text = result ? *result : result.error().text;
  const std::string end = text.empty() ? "" : "\n";
  return std::string(result ? kOk : kError) + "\n" + text + end;
}

Awaitable<Result<Words>> read_command(Stream& stream) {
  LineReader reader(stream);
  const auto line = co_await reader.next(kMaxCommand);
  if (line) co_return split_words(*line);
  if (line.error() == std::errc::message_size) {
    co_return std::unexpected(fmt::format("a command has at most {} bytes", kMaxCommand));
  }
  co_return std::unexpected("a command must end with a newline");
}

Awaitable<Result<Answer>> run_command(const CommandTable& commands, Stream& stream) {
  auto words = co_await read_command(stream);
  if (!words) co_return std::unexpected(std::move(words.error()));
  co_return co_await commands.run(std::move(*words));
}

/// The lines that go on, if the command has any: then nothing is written yet.
Awaitable<Lines> answer(const CommandTable& commands, Stream& stream) {
  const Result<Answer> result = co_await run_command(commands, stream);
  if (result && std::holds_alternative<Lines>(*result)) co_return std::get<Lines>(*result);
  const std::string text = encode(result ? Result<std::string>(std::get<std::string>(*result))
                                         : Result<std::string>(std::unexpected(result.error())));
  co_await stream.write(bytes_of(text));
  co_return nullptr;
}

Awaitable<void> write_lines(Stream& stream, LineQueue& lines) {
  std::optional<std::string> text = encode("");
  while (text) {
    if (co_await stream.write(bytes_of(*text))) co_return;
    text = co_await lines.take();
  }
}

Awaitable<void> wait_for_end(Stream& stream) {
  std::array<std::uint8_t, 256> ignored{};
  while (true) {
    const auto size = co_await stream.read(ignored);
    if (!size) co_return;
  }
}

}  // namespace

struct ControlServer::State {
  const CommandTable& commands;
  std::set<std::shared_ptr<Stream>> streams = {};
  bool closed = false;
};

ControlServer::ControlServer(asio::any_io_executor executor, const CommandTable& commands)
    : executor_(std::move(executor)), state_(std::make_shared<State>(commands)) {}

ControlServer::~ControlServer() { close(); }

Result<> ControlServer::open(const std::string& address) {
  const auto parsed = chardev::parse_address(address);
  if (!parsed) return std::unexpected(parsed.error());
  const auto transport = chardev::find_transport(chardev::standard_transports(), *parsed);
  if (!transport) return std::unexpected(transport.error());
  if ((*transport)->reachable_unencrypted(*parsed)) {
    return std::unexpected("the control socket must be on this machine, not " + parsed->text());
  }
  auto listener = (*transport)->listen(executor_, *parsed);
  if (!listener)
    return std::unexpected(listener.error().about("cannot listen on " + parsed->text()));
  listener_ = std::move(*listener);
  async::spawn(executor_, accept(state_, listener_));
  return {};
}

void ControlServer::close() {
  state_->closed = true;
  if (listener_) listener_->close();
  for (const auto& stream : state_->streams) stream->close();
}

Awaitable<void> ControlServer::accept(std::shared_ptr<State> state,
                                      std::shared_ptr<chardev::Listener> listener) {
  const auto executor = co_await asio::this_coro::executor;
  while (true) {
    auto stream = co_await listener->accept();
    if (state->closed) co_return;
    if (!stream) {  // out of descriptors, perhaps
      co_await async::sleep(kAcceptPause);
    } else if (state->streams.size() < kMaxConnections) {
      async::spawn(executor, serve(state, std::move(*stream)));
    }
  }
}

Awaitable<void> ControlServer::serve(std::shared_ptr<State> state, std::shared_ptr<Stream> stream) {
  state->streams.insert(stream);
  auto answering = answer(state->commands, *stream);
  const auto lines = co_await async::cut_short(std::move(answering), async::sleep(kPatience));
  if (lines && *lines) {
    auto writing = write_lines(*stream, **lines);
    co_await async::first_of(std::move(writing), wait_for_end(*stream));
    (*lines)->close();
  }
  state->streams.erase(stream);
}

}  // namespace vscard::program
