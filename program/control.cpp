#include "program/control.hpp"

#include "program/log.hpp"
#include "program/process.hpp"
#include "protocol/bytes.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <set>
#include <utility>
#include <variant>

namespace vscard::program {
namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxControlPeers = 16;
constexpr std::size_t kMaxCommand = 4096;                          ///< bytes of a command's line
constexpr std::size_t kMaxResult = std::size_t{16} * 1024 * 1024;  ///< bytes of a result
constexpr std::chrono::seconds kPeerTimeout{10};

using chardev::Stream;

void report(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

protocol::Bytes bytes_of(std::string_view text) {
  return {static_cast<const std::uint8_t*>(static_cast<const void*>(text.data())), text.size()};
}

enum class Until { ALine, TheEnd };

/// None if it is not all there within `limit` bytes, or the stream fails.
Awaitable<std::optional<std::string>> read_until(Stream& stream, std::size_t limit, Until until) {
  std::string text;
  std::array<std::uint8_t, 4096> buffer{};
  while (text.size() < limit) {
    const auto size = co_await stream.read(buffer);
    if (!size) {
      const boost::system::error_code end = asio::error::eof;
      if (until == Until::TheEnd && size.error() == std::error_code(end)) co_return text;
      co_return std::nullopt;
    }
    text.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*size));
    const std::size_t line = until == Until::ALine ? text.find('\n') : std::string::npos;
    if (line != std::string::npos) co_return text.substr(0, line);
  }
  co_return std::nullopt;
}

void close_when_expired(asio::steady_timer& limit, std::shared_ptr<Stream> stream) {
  limit.async_wait([stream = std::move(stream)](const boost::system::error_code& cancelled) {
    if (!cancelled) stream->close();
  });
}

std::string encode(const CommandResult& result) {
  const std::string& text = result ? *result : result.error().text;
  return std::string(result ? "ok\n" : "error\n") + text + (text.empty() ? "" : "\n");
}

CommandResult decode(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string word = text.substr(0, end);
  text.erase(0, std::min(end + 1, text.size()));
  if (word == "ok") return text;
  if (word == "error") return std::unexpected(text);
  return std::unexpected("the program at the control socket does not answer as one of vscard");
}

}  // namespace

struct ControlServer::State {
  AsyncCommandHandler handler;
  std::set<std::shared_ptr<Stream>> peers;
  bool closed = false;
};

std::vector<std::string> split_words(std::string_view line) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  bool quoted = false;
  for (const char c : line) {
    const bool blank = c == ' ' || c == '\t' || c == '\r';
    if (c == '\'') {
      quoted = !quoted;
      if (!word) word.emplace();
    } else if (blank && !quoted) {
      if (word) words.push_back(*std::exchange(word, std::nullopt));
    } else {
      if (!word) word.emplace();
      *word += c;
    }
  }
  if (word) words.push_back(*word);
  return words;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    const bool plain = !word.empty() && word.find_first_of(" \t\r") == std::string::npos;
    line += plain ? word : "'" + word + "'";
  }
  return line;
}

ControlServer::ControlServer(asio::any_io_executor executor, AsyncCommandHandler handler)
    : executor_(std::move(executor)), state_(std::make_shared<State>()) {
  state_->handler = std::move(handler);
}

ControlServer::~ControlServer() { close(); }

Result<> ControlServer::open(const std::string& address) {
  const auto parsed = chardev::parse_address(address);
  if (!parsed) return std::unexpected(parsed.error());
  const auto transport = chardev::find_transport(chardev::standard_transports(), *parsed);
  if (!transport) return std::unexpected(transport.error());
  if ((*transport)->reachable_unencrypted(*parsed)) {
    return std::unexpected("the control socket is for this machine alone, not " + parsed->text());
  }
  auto listener = (*transport)->listen(executor_, *parsed);
  if (!listener) {
    return std::unexpected("cannot listen on " + parsed->text() + ": " + listener.error().text);
  }
  listener_ = std::move(*listener);
  asio::co_spawn(executor_, accept(state_, listener_), report);
  return {};
}

void ControlServer::close() {
  state_->closed = true;
  if (listener_) listener_->close();
  for (const auto& peer : state_->peers) peer->close();
}

Awaitable<void> ControlServer::accept(std::shared_ptr<State> state,
                                      std::shared_ptr<chardev::Listener> listener) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer pause(executor);
  while (true) {
    auto stream = co_await listener->accept();
    if (state->closed) co_return;
    if (!stream) {  // out of descriptors, perhaps
      pause.expires_after(std::chrono::seconds(1));
      co_await pause.async_wait(kAsTuple);
    } else if (state->peers.size() < kMaxControlPeers) {
      const std::shared_ptr<Stream> peer = std::move(*stream);
      asio::co_spawn(executor, serve(state, peer), report);
    }
  }
}

Awaitable<void> ControlServer::serve(std::shared_ptr<State> state, std::shared_ptr<Stream> stream) {
  state->peers.insert(stream);
  asio::steady_timer limit(co_await asio::this_coro::executor, kPeerTimeout);
  close_when_expired(limit, stream);
  auto reading = read_until(*stream, kMaxCommand, Until::ALine);
  const auto line = co_await std::move(reading);
  if (line) {
    auto handling = state->handler(split_words(*line));
    const CommandResult result = co_await std::move(handling);
    const std::string text = encode(result);
    co_await stream->write(bytes_of(text));
  }
  state->peers.erase(stream);
}

Awaitable<CommandResult> ask(std::string address, std::vector<std::string> words) {
  const auto parsed = chardev::parse_address(address);
  if (!parsed) co_return std::unexpected(parsed.error());
  const auto transport = chardev::find_transport(chardev::standard_transports(), *parsed);
  if (!transport) co_return std::unexpected(transport.error());
  const auto executor = co_await asio::this_coro::executor;

  auto connected = co_await chardev::connect_once(**transport, executor, *parsed);
  if (!connected) {
    co_return std::unexpected("cannot connect to " + parsed->text() + ": " +
                              connected.error().text +
                              " (is the program running, with --control?)");
  }
  const std::shared_ptr<Stream> stream = std::move(*connected);
  asio::steady_timer limit(executor, kPeerTimeout);
  close_when_expired(limit, stream);
  const std::string line = join_words(words) + "\n";
  co_await stream->write(bytes_of(line));
  auto reading = read_until(*stream, kMaxResult, Until::TheEnd);
  auto text = co_await std::move(reading);
  if (text) co_return decode(std::move(*text));
  co_return std::unexpected("no answer from " + parsed->text() + " within 10 s");
}

CommandResult control(const std::string& address, const std::vector<std::string>& words) {
  CommandResult result;
  asio::io_context io(1);
  asio::co_spawn(io, ask(address, words), [&result](std::exception_ptr error, CommandResult got) {
    report(std::move(error));
    result = std::move(got);
  });
  io.run();
  return result;
}

int control_main(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = arguments;
  const char* variable = std::getenv("VSCARD_CONTROL");  // NOLINT(concurrency-mt-unsafe): no thread
  std::string address = variable == nullptr ? "" : variable;
  if (words.size() >= 2 && words[0] == "--control") {
    address = words[1];
    words.erase(words.begin(), words.begin() + 2);
  }
  if (words.empty() || words[0].starts_with("-")) {
    log::error("usage: ctl [--control ADDRESS] COMMAND…; the command 'help' lists the commands");
    return kWrongCommandLine;
  }
  if (address.empty()) {
    log::error(
        "which program? Name its control socket with --control unix:PATH or in VSCARD_CONTROL");
    return kWrongCommandLine;
  }
  const CommandResult result = control(address, words);
  if (!result) {
    log::error("{}", result.error().text);
    return kFailed;
  }
  if (!result->empty()) fmt::print("{}\n", *result);
  return 0;
}

}  // namespace vscard::program
