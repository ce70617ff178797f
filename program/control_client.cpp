#include "program/control_client.hpp"

#include "async/error.hpp"
#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "chardev/transport.hpp"
#include "program/control_stream.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/core.h>

#include <chrono>
#include <memory>
#include <utility>

namespace vscard::program {
namespace {

using chardev::Stream;

constexpr std::chrono::seconds kPatience{10};

Awaitable<Result<std::unique_ptr<Stream>>> connect(std::string address) {
  const auto parsed = chardev::parse_address(address);
  if (!parsed) co_return std::unexpected(parsed.error());
  const auto transport = chardev::find_transport(chardev::standard_transports(), *parsed);
  if (!transport) co_return std::unexpected(transport.error());
  const auto executor = co_await asio::this_coro::executor;
  auto connected = co_await chardev::connect_once(**transport, executor, *parsed);
  if (connected) co_return std::move(*connected);
  co_return std::unexpected("cannot connect to " + parsed->text() + ": " + connected.error().text +
                            " (is the program running, with --control?)");
}

/// "ok" or "error".
Awaitable<Result<std::string>> exchange(Stream& stream, LineReader& reader, std::string command) {
  co_await stream.write(bytes_of(command));  // if it fails, so does the read
  const auto status = co_await reader.next(kMaxAnswer);
  if (status && (*status == kOk || *status == kError)) co_return *status;
  co_return std::unexpected("the program at the control socket is not a vscard program");
}

/// The further lines, until the other side closes.
Awaitable<Result<>> read_lines(LineReader& reader, LineSink sink) {
  while (true) {
    const auto line = co_await reader.next(kMaxAnswer);
    if (line) {
      sink(*line);
      continue;
    }
    if (!reader.rest().empty()) sink(reader.rest());
    if (line.error() == async::end_of_stream()) co_return Result<>();
    co_return std::unexpected("the answer is cut off: " + line.error().message());
  }
}

/// Sets `text` to lines, without a newline at its end.
LineSink into(std::string& text) {
  return [&text, first = true](std::string_view line) mutable {
    if (!std::exchange(first, false)) text += '\n';
    text += line;
  };
}

Failure no_answer(const std::string& address) {
  return fmt::format("no answer from {} within {} s", address, kPatience.count());
}

}  // namespace

Awaitable<Result<>> follow(std::string address, Words words, LineSink sink) {
  const std::string command = join_words(words) + "\n";
  if (command.size() > kMaxCommand) {
    co_return std::unexpected(fmt::format("a command has at most {} bytes", kMaxCommand));
  }
  const auto stream = co_await connect(address);
  if (!stream) co_return std::unexpected(stream.error());
  LineReader reader(**stream);
  auto exchanging = exchange(**stream, reader, command);
  const auto status = co_await async::cut_short(std::move(exchanging), async::sleep(kPatience));
  if (!status) co_return std::unexpected(no_answer(address));
  if (!*status) co_return std::unexpected(status->error());
  if (**status == kOk) co_return co_await read_lines(reader, std::move(sink));

  std::string error;
  const Result<> read = co_await read_lines(reader, into(error));
  co_return std::unexpected(read ? Failure(error) : read.error());
}

Awaitable<Result<std::string>> ask(std::string address, Words words) {
  std::string text;
  auto following = follow(address, std::move(words), into(text));
  const auto ended = co_await async::cut_short(std::move(following), async::sleep(kPatience));
  if (!ended) co_return std::unexpected(no_answer(address));
  if (!*ended) co_return std::unexpected(ended->error());
  co_return text;
}

Result<> follow_blocking(const std::string& address, const Words& words, const LineSink& sink) {
  Result<> result;
  asio::io_context io(1);
  async::spawn(io.get_executor(), follow(address, words, sink),
               [&result](Result<> ended) { result = std::move(ended); });
  io.run();
  return result;
}

Result<std::string> control(const std::string& address, const Words& words) {
  Result<std::string> result;
  asio::io_context io(1);
  async::spawn(io.get_executor(), ask(address, words),
               [&result](Result<std::string> got) { result = std::move(got); });
  io.run();
  return result;
}

}  // namespace vscard::program
