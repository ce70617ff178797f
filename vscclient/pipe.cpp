#include "vscclient/pipe.hpp"

#include "async/error_as_value.hpp"
#include "async/event.hpp"
#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "chardev/access.hpp"
#include "chardev/join.hpp"
#include "chardev/stdio.hpp"
#include "program/command_line.hpp"
#include "program/log.hpp"
#include "program/options.hpp"
#include "program/process.hpp"
#include "program/sandbox.hpp"
#include "session/exposure.hpp"
#include "vscclient/transports.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <utility>

namespace vscard::vscclient {
namespace {

using chardev::Endpoint;
using chardev::Stream;
using Opened = Result<std::unique_ptr<Stream>>;

/// What accepting lacked, as descriptors or memory, may be there then.
constexpr std::chrono::milliseconds kPauseAfterAcceptFailed{100};

constexpr const char* kPipeDescription =
    "vscclient pipe [OPTION]... ENDPOINT ENDPOINT\n\n"
    "Joins two endpoints: what comes from one goes to the other. It ends when they do.";
constexpr const char* kPipeFooter =
    "\nEndpoints are those of vscclient --vsc. Of those who connect to listen:ADDRESS, the first "
    "is\n"
    "served. With stdio: what comes on standard input goes to the other one.\n"
    "\nExamples:\n"
    "  vscclient pipe listen:pty:$HOME/console "
    "connect:spice://127.0.0.1:5930,port=org.example.tty\n"
    "  vscclient pipe listen:unix:$XDG_RUNTIME_DIR/port connect:tls://vmhost:2001,pair=DIR\n";

/// One of the two.
struct Side {
  Endpoint endpoint;
  const chardev::Transport* transport = nullptr;
  std::unique_ptr<chardev::Listener> listener = nullptr;    ///< if it listens
  std::unique_ptr<chardev::Connector> connector = nullptr;  ///< if it connects
};

Result<Side> parse_side(const std::string& text) {
  auto endpoint = chardev::parse_endpoint(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  const auto transport = chardev::find_transport(transports(), *endpoint);
  if (!transport) return std::unexpected(transport.error());
  return Side{.endpoint = std::move(*endpoint), .transport = *transport};
}

/// As far as nobody has to be waited for.
Result<> prepare(Side& side, const asio::any_io_executor& executor,
                 const program::LinkPolicy& policy) {
  const chardev::Address& address = side.endpoint.address;
  if (!policy.insecure) {
    auto safe = session::check_exposure(side.endpoint, *side.transport, "pass --insecure");
    if (!safe) return safe;
  }
  if (side.endpoint.mode == Endpoint::Mode::Connect) {
    side.connector = side.transport->connector(executor, address);
    return {};
  }
  auto listener = side.transport->listen(executor, address);
  if (!listener)
    return std::unexpected(listener.error().about("cannot listen on " + address.text()));
  side.listener = std::move(*listener);
  log::info("listening on {}", side.listener->address());
  return {};
}

/// A listener's first that is let in.
Awaitable<Opened> accept(chardev::Listener& listener) {
  while (true) {
    auto accepted = co_await listener.accept();
    if (accepted) co_return std::move(*accepted);
    const chardev::AcceptError& error = accepted.error();
    if (error.text.empty()) co_return std::unexpected(Failure(error.reason.message()));
    log::warning("{}: {}", error.remote, error.text);
  }
}

Awaitable<Opened> connect(chardev::Connector& connector, std::string address) {
  std::string told;
  while (true) {
    auto connected = co_await connector.connect();
    if (connected) co_return std::move(*connected);
    const chardev::ConnectError& error = connected.error();
    if (error.remedy != chardev::ConnectError::Remedy::GoOn) {
      co_return std::unexpected("cannot connect to " + address + ": " + error.text);
    }
    if (error.text != told) log::info("{}: {}", address, error.text);
    told = error.text;
  }
}

Awaitable<Opened> open(Side& side) {
  if (side.listener) co_return co_await accept(*side.listener);
  co_return co_await connect(*side.connector, side.endpoint.address.text());
}

/// Of those who come after the one that is served, each sees at once that it is not. Never ends.
Awaitable<Result<>> turn_others_away(const Side& side) {
  async::Event never;
  while (!side.listener) co_await never.wait();
  while (true) {
    const auto late = co_await accept(*side.listener);
    if (late) {
      log::warning("turned {} away: another one is being served", (*late)->remote());
    } else {
      co_await async::sleep(kPauseAfterAcceptFailed);
    }
  }
}

Awaitable<Result<>> join_with(Stream& first, Side& other) {
  auto second = co_await open(other);
  if (!second) co_return std::unexpected(second.error());
  log::info("{} is there", (*second)->remote());
  auto joined = chardev::join(first, **second);
  auto alone = turn_others_away(other);
  co_return co_await async::first_of(std::move(joined), std::move(alone));
}

/// Who connects is waited for first, so that the other end is not kept waiting in vain.
Awaitable<Result<>> join_sides(Side one, Side other) {
  if (other.listener && !one.listener) std::swap(one, other);
  auto first = co_await open(one);
  if (!first) co_return std::unexpected(first.error());
  log::info("{} is there", (*first)->remote());
  auto joined = join_with(**first, other);
  auto alone = turn_others_away(one);
  co_return co_await async::first_of(std::move(joined), std::move(alone));
}

Awaitable<Result<>> come(asio::signal_set& signals) {
  co_await signals.async_wait(async::kErrorAsValue);
  co_return Result<>{};
}

struct PipeOptions {
  std::array<std::string, 2> endpoints;
  program::LinkPolicy policy;
  log::Level level = log::Level::Info;
  bool sandbox = true;
};

Result<> prepare(Side& one, Side& other, const asio::any_io_executor& executor,
                 const PipeOptions& options) {
  chardev::Access access = chardev::access_of(one.endpoint);
  access.add(chardev::access_of(other.endpoint));
  if (options.sandbox) program::confine(access);
  for (Side* side : {&one, &other}) {
    if (auto prepared = prepare(*side, executor, options.policy); !prepared) return prepared;
  }
  using enum program::StartPrograms;
  if (options.sandbox) program::refuse_system_calls(access.starts_programs ? Yes : No);
  return {};
}

int run(asio::io_context& io, Side one, Side other, const PipeOptions& options) {
  const auto prepared = prepare(one, other, io.get_executor(), options);
  if (!prepared) return program::fail(prepared.error());
  asio::signal_set signals(io, SIGINT, SIGTERM, SIGHUP);
  auto joined = join_sides(std::move(one), std::move(other));
  auto end = async::first_of(std::move(joined), come(signals));
  Result<> result;
  async::spawn(io.get_executor(), std::move(end),
               [&result](Result<> ended) { result = std::move(ended); });
  io.run();  // … until the streams have ended as they should
  return result ? 0 : program::fail(result.error());
}

/// The error is about the command line.
Result<Side> take_side(const std::string& word) {
  if (word.empty())
    return std::unexpected("it takes two endpoints: vscclient pipe ENDPOINT ENDPOINT");
  auto side = parse_side(word);
  if (!side || side->transport != &chardev::kStdio) return side;
  if (const auto taken = chardev::take_stdio(); !taken) {
    return std::unexpected(taken.error().about("stdio"));
  }
  return side;
}

}  // namespace

int pipe_main(int argc, const char* const* argv) {
  program::CommandLineParser parser("vscclient pipe", kPipeDescription, kPipeFooter);
  PipeOptions options;
  parser.add({.name = "ENDPOINT", .into = options.endpoints.data(), .text = "one of the two …"});
  parser.add({.name = "OTHER", .into = &options.endpoints[1], .text = "… and the other one"});
  parser.add({.name = "--insecure",
              .into = &options.policy.insecure,
              .text = "allow unencrypted connections with other machines"});
  program::add_sandbox_option(parser, options.sandbox);
  program::add_log_option(parser, options.level);
  if (const auto status = parser.parse(argc, argv)) return *status;
  log::set_level(options.level);
  asio::io_context io{1};
  auto one = take_side(options.endpoints[0]);
  if (!one) return parser.wrong(one.error());
  auto other = take_side(options.endpoints[1]);
  if (!other) return parser.wrong(other.error());
  return run(io, std::move(*one), std::move(*other), options);
}

}  // namespace vscard::vscclient
