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

/// What `work` gives; `failure` if that takes longer than `patience`.
template <class T>
Awaitable<Result<T>> in_time(Awaitable<Result<T>> work, protocol::Duration patience,
                             std::string failure) {
  auto result = co_await async::cut_short(std::move(work), async::sleep(patience));
  if (result) co_return std::move(*result);
  const double seconds = std::chrono::duration<double>(patience).count();
  co_return std::unexpected(fmt::format("{} within {:g} s", failure, seconds));
}

Awaitable<Result<Answer>> run_command(const CommandTable& commands, Stream& stream,
                                      protocol::Duration patience) {
  auto reading = in_time(read_command(stream), patience, "no command has come");
  auto words = co_await std::move(reading);
  if (!words) co_return std::unexpected(std::move(words.error()));
  auto running = in_time(commands.run(std::move(*words)), patience, "the command has not ended");
  co_return co_await std::move(running);
}

Awaitable<void> write(Stream& stream, std::string text, protocol::Duration patience) {
  co_await async::cut_short(stream.write(bytes_of(text)), async::sleep(patience));
}

/// The lines that go on, if the command has any: then nothing is written yet.
Awaitable<Lines> answer(const CommandTable& commands, Stream& stream, protocol::Duration patience) {
  const Result<Answer> result = co_await run_command(commands, stream, patience);
  if (result && std::holds_alternative<Lines>(*result)) co_return std::get<Lines>(*result);
  const std::string text = encode(result ? Result<std::string>(std::get<std::string>(*result))
                                         : Result<std::string>(std::unexpected(result.error())));
  co_await write(stream, text, patience);
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
  ControlLimits limits;
  std::set<std::shared_ptr<Stream>> streams = {};
  bool closed = false;
};

Result<chardev::Address> parse_control_address(const std::string& text) {
  auto address = chardev::parse_address(text);
  if (!address) return address;
  const auto transport = chardev::find_transport(chardev::standard_transports(), *address);
  if (!transport) return std::unexpected(transport.error());
  if (*transport != &chardev::kUnix || address->location.starts_with('@')) {
    return std::unexpected("every local user could connect to " + address->text() +
                           "; use a socket file, unix:PATH");
  }
  return address;
}

ControlServer::ControlServer(asio::any_io_executor executor, const CommandTable& commands,
                             ControlLimits limits)
    : executor_(std::move(executor)), state_(std::make_shared<State>(commands, limits)) {}

ControlServer::~ControlServer() { close(); }

Result<> ControlServer::open(const std::string& address) {
  const auto parsed = parse_control_address(address);
  if (!parsed) return std::unexpected(parsed.error());
  auto listener = chardev::kUnix.listen(executor_, *parsed);
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
    auto accepted = co_await listener->accept();
    if (state->closed) co_return;
    if (!accepted) {  // out of descriptors, perhaps
      co_await async::sleep(kAcceptPause);
      continue;
    }
    const std::shared_ptr<Stream> stream = std::move(*accepted);
    if (state->streams.size() < state->limits.connections) {
      state->streams.insert(stream);
      async::spawn(executor, serve(state, stream));
    } else {
      turn_away(*stream, state->limits);
    }
  }
}

/// A socket takes so short a line at once.
void ControlServer::turn_away(Stream& stream, const ControlLimits& limits) {
  const std::string text = encode(std::unexpected(
      fmt::format("{} are connected already, and no more can", limits.connections)));
  stream.write_now(bytes_of(text));
}

Awaitable<void> ControlServer::serve(std::shared_ptr<State> state, std::shared_ptr<Stream> stream) {
  const auto lines = co_await answer(state->commands, *stream, state->limits.patience);
  if (lines) {
    auto writing = write_lines(*stream, *lines);
    co_await async::first_of(std::move(writing), wait_for_end(*stream));
    lines->close();
  }
  state->streams.erase(stream);
}

}  // namespace vscard::program
