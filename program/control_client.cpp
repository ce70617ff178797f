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
#include <cstddef>
#include <memory>
#include <pwd.h>
#include <sys/stat.h>
#include <utility>

namespace vscard::program {
namespace {

using chardev::Stream;

constexpr std::size_t kMaxStatus = 16;  ///< bytes of a line with "ok" or "error", and some more

/// What to do if nobody can be reached there.
std::string advice(const chardev::Address& address, const chardev::ConnectError& error) {
  if (error.remedy != chardev::ConnectError::Remedy::GiveUp) {
    return " (is the program running?)";
  }
  struct stat socket{};
  const bool seen = ::stat(address.location.c_str(), &socket) == 0;
  const passwd* owner =
      seen ? ::getpwuid(socket.st_uid) : nullptr;  // NOLINT(concurrency-mt-unsafe)
  return fmt::format("; only {} may open it: run this as that user or root",
                     owner == nullptr ? "its owner" : owner->pw_name);
}

Awaitable<Result<std::unique_ptr<Stream>>> connect(std::string address) {
  const auto parsed = chardev::parse_address(address);
  if (!parsed) co_return std::unexpected(parsed.error());
  const auto transport = chardev::find_transport(chardev::standard_transports(), *parsed);
  if (!transport) co_return std::unexpected(transport.error());
  const auto executor = co_await asio::this_coro::executor;
  auto connected = co_await chardev::connect_once(**transport, executor, *parsed);
  if (connected) co_return std::move(*connected);
  co_return std::unexpected("cannot connect to " + parsed->text() + ": " + connected.error().text +
                            advice(*parsed, connected.error()));
}

/// What has to be shorter than kMaxAnswer: each line that is passed on, or all that is kept.
enum class Limited { Line, Answer };

/// The further lines, until the other side closes.
Awaitable<Result<>> read_lines(LineReader& reader, LineSink sink, Limited limited) {
  std::size_t left = kMaxAnswer;
  while (true) {
    const auto line = co_await reader.next(left);
    if (line) {
      sink(*line);
      if (limited == Limited::Answer) left -= line->size() + 1;
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

/// The text of an error. A server that turns us away resets the connection, after its text.
Awaitable<Failure> read_error(LineReader& reader) {
  std::string text;
  auto reading = read_lines(reader, into(text), Limited::Answer);
  const Result<> read = co_await std::move(reading);
  co_return read || !text.empty() ? Failure(text) : read.error();
}

/// An answer of which "ok" has come.
struct Reply {
  std::unique_ptr<Stream> stream;
  std::unique_ptr<LineReader> lines;  ///< of the stream
};

Awaitable<Result<Reply>> begin(std::string address, std::string command) {
  auto stream = co_await connect(std::move(address));
  if (!stream) co_return std::unexpected(stream.error());
  Reply reply{.stream = std::move(*stream), .lines = {}};
  reply.lines = std::make_unique<LineReader>(*reply.stream);
  co_await reply.stream->write(bytes_of(command));  // if it fails, so does the read
  const auto status = co_await reply.lines->next(kMaxStatus);
  if (status && *status == kOk) co_return reply;
  if (status && *status == kError) co_return std::unexpected(co_await read_error(*reply.lines));
  co_return std::unexpected("the program at the control socket is not a vscard program");
}

Failure no_answer(const std::string& address, protocol::Duration patience) {
  const double seconds = std::chrono::duration<double>(patience).count();
  return fmt::format("no answer from {} within {:g} s", address, seconds);
}

Awaitable<Result<>> converse(std::string address, Words words, LineSink sink, Limited limited,
                             protocol::Duration patience) {
  const std::string command = join_words(words) + "\n";
  if (command.size() > kMaxCommand) {
    co_return std::unexpected(fmt::format("a command has at most {} bytes", kMaxCommand));
  }
  auto beginning = begin(address, command);
  const auto reply = co_await async::cut_short(std::move(beginning), async::sleep(patience));
  if (!reply) co_return std::unexpected(no_answer(address, patience));
  if (!*reply) co_return std::unexpected(reply->error());
  co_return co_await read_lines(*(*reply)->lines, std::move(sink), limited);
}

}  // namespace

Awaitable<Result<>> follow(std::string address, Words words, LineSink sink,
                           protocol::Duration patience) {
  return converse(std::move(address), std::move(words), std::move(sink), Limited::Line, patience);
}

Awaitable<Result<std::string>> ask(std::string address, Words words, protocol::Duration patience) {
  std::string text;
  auto asking = converse(address, std::move(words), into(text), Limited::Answer, patience);
  const auto ended = co_await async::cut_short(std::move(asking), async::sleep(patience));
  if (!ended) co_return std::unexpected(no_answer(address, patience));
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
