#include "vscclient/pair.hpp"

#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "chardev/access.hpp"
#include "chardev/program_transports.hpp"
#include "chardev/secret_input.hpp"
#include "chardev/tls/pairing/code.hpp"
#include "chardev/tls/pairing/party.hpp"
#include "chardev/tls/tls.hpp"
#include "program/command_line.hpp"
#include "program/log.hpp"
#include "program/options.hpp"
#include "program/process.hpp"
#include "program/sandbox.hpp"
#include "program/state_folder.hpp"
#include "protocol/vsc/peer_limits.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/core.h>

#include <limits>
#include <string>
#include <unistd.h>
#include <utility>

namespace vscard::vscclient {
namespace {

namespace pairing = chardev::tls::pairing;
using chardev::Address;
using protocol::SecretBytes;

constexpr const char* kPairDescription =
    "vscclient pair [OPTION]... tls://HOST:PORT[,pair=DIR][,name=NAME]\n"
    "vscclient pair [OPTION]... nats://HOST:PORT/NAME[,pair=DIR][,...]\n\n"
    "Pairs this machine with one that listens with pair=DIR, by the code that is shown there.\n"
    "Afterwards both know each other's key, and connect without a question.";
constexpr const char* kPairFooter =
    "\npair=DIR is a folder for this machine's key and those that it knows; without it,\n"
    "$XDG_STATE_HOME/vscard/pairings. name=NAME is what the other machine is called here.\n"
    "\nExample:\n"
    "  vscclient pair tls://vmhost:2001\n";
constexpr chardev::SecretKind kCode{
    .name = "code", .max_size = pairing::kMaxTyped, .fd_option = "--code-fd "};
constexpr int kMaxTypos = 3;

struct PairOptions {
  std::string address;
  std::string code_file;
  int code_fd = -1;
  bool sandbox = true;
};

/// It exists, but for itself.
Result<std::string> default_folder() {
  const auto state = program::state_folder();
  if (!state) return std::unexpected(state.error().text + ": add ,pair=DIR to the address");
  if (auto made = program::make_private_folder(*state); !made) {
    return std::unexpected(made.error());
  }
  return *state / "pairings";
}

bool is_tls(const Address& address) { return address.scheme == chardev::tls::kTls.scheme; }

/// What concerns the pairing: with nats+tls:// a name= is that of the servers.
chardev::tls::Keys keys_of(const Address& address) {
  const auto name = is_tls(address) ? address.keys.last("name") : std::nullopt;
  chardev::tls::Keys keys;
  keys.name = name.value_or("");
  keys.pair = *address.keys.last("pair");
  return keys;
}

/// With a folder.
Result<Address> parse(const std::string& text) {
  auto address = chardev::parse_address(text);
  if (!address) return address;
  if (!is_tls(*address) && !address->scheme.starts_with("nats")) {
    return std::unexpected(text + " cannot be paired with; write tls://HOST:PORT or nats://…/NAME");
  }
  const auto wrong = is_tls(*address) ? address->keys.other_than({"pair", "name"}) : std::nullopt;
  if (wrong) {
    return std::unexpected("pair takes an address with pair= and name=, not with " + *wrong + "=");
  }
  if (!address->keys.last("pair")) {
    auto folder = default_folder();
    if (!folder) return std::unexpected(folder.error());
    address->keys.keys.emplace_back("pair", *folder);
  }
  const auto found = chardev::find_transport(chardev::program_transports(), *address);
  if (!found) return std::unexpected(found.error());
  return address;
}

/// As an option of a shell's command line takes it.
std::string endpoint_of(const Address& address) {
  std::string text = "connect:" + address.text();
  for (const auto& [key, value] : address.keys.keys) {
    text += "," + key + "=";
    for (const char c : value) text += c == ',' ? ",," : std::string(1, c);
  }
  return text;
}

/// What is typed is shown: the code is good once, and is on the other screen.
Result<SecretBytes> ask() {
  Failure typo("no code");
  for (int i = 0; i < kMaxTypos; ++i) {
    fmt::print(stderr, "Code: ");
    auto line = chardev::read_shown_line(STDIN_FILENO, kCode);
    if (!line || line->empty()) return std::unexpected(line ? Failure("no code") : line.error());
    auto code = pairing::parse_code(line->view());
    if (code) return code;
    typo = code.error();
    log::error("{}", typo.text);
  }
  return std::unexpected(typo);
}

Result<SecretBytes> read_code(const PairOptions& options) {
  if (options.code_file.empty() && options.code_fd < 0) {
    if (::isatty(STDIN_FILENO) != 0) return ask();
    return std::unexpected(
        "there is no terminal to ask for the code: give --code-file or --code-fd");
  }
  const auto line = options.code_fd < 0 ? chardev::read_secret_line(options.code_file, kCode)
                                        : chardev::read_secret_line(options.code_fd, kCode);
  if (!line) return std::unexpected(line.error());
  return pairing::parse_code(line->view());
}

/// What TLS goes over.
Address carrier_of(Address address) {
  if (is_tls(address)) return {.scheme = "tcp", .location = address.location, .keys = {}};
  std::erase_if(address.keys.keys, [](const auto& key) { return key.first == "pair"; });
  return address;
}

Awaitable<Result<std::string>> pair(asio::any_io_executor executor, Address address,
                                    SecretBytes code) {
  Address below = carrier_of(address);
  const auto transport = chardev::find_transport(chardev::program_transports(), below);
  if (!transport) co_return std::unexpected(transport.error());
  auto carrier = co_await chardev::connect_once(**transport, executor, std::move(below));
  if (!carrier) co_return std::unexpected(carrier.error().text);
  co_return co_await pairing::pair(std::move(*carrier), keys_of(address), address.text(),
                                   std::move(code));
}

Result<std::string> pair_within_time(const Address& address, SecretBytes code) {
  asio::io_context io{1};
  Result<std::string> paired = std::unexpected("no answer");
  auto work = pair(io.get_executor(), address, std::move(code));
  auto limited = async::cut_short(std::move(work), async::sleep(protocol::vsc::kAnswerTimeout));
  async::spawn(io.get_executor(), std::move(limited), [&paired](auto result) {
    if (result) paired = std::move(*result);
  });
  io.run();
  return paired;
}

/// From here on what others say is read.
void confine_to(const Address& address) {
  program::confine(
      chardev::access_of({.mode = chardev::Endpoint::Mode::Connect, .address = address}));
  program::refuse_system_calls(program::StartPrograms::No);
}

int pair_with(const Address& address, const PairOptions& options) {
  const pairing::Folder folder(*address.keys.last("pair"));
  if (const auto opened = folder.open(); !opened) return program::fail(opened.error());
  auto code = read_code(options);
  if (!code) return program::fail(code.error());
  if (options.sandbox) confine_to(address);
  const auto name = pair_within_time(address, std::move(*code));
  if (!name) return program::fail(name.error().about("cannot pair with " + address.text()));
  log::info("paired with {}; from now on:", *name);
  fmt::print("vscclient --vsc {}\n", endpoint_of(address));
  return 0;
}

}  // namespace

int pair_main(int argc, const char* const* argv) {
  program::CommandLineParser parser("vscclient pair", kPairDescription, kPairFooter);
  PairOptions options;
  parser.add({.name = "ADDRESS", .into = &options.address, .text = "where the other one listens"});
  parser.add({.name = "--code-file",
              .into = &options.code_file,
              .text = "the code: the file's first line",
              .value = "FILE"});
  parser.add({.name = "--code-fd",
              .into = &options.code_fd,
              .text = "the same from an open descriptor",
              .range = program::Option::Range{.least = 0, .most = std::numeric_limits<int>::max()},
              .excludes = "--code-file"});
  program::add_sandbox_option(parser, options.sandbox);
  if (const auto status = parser.parse(argc, argv)) return *status;
  if (options.address.empty()) return parser.wrong("with whom? Say vscclient pair tls://HOST:PORT");
  const auto address = parse(options.address);
  if (!address) return parser.wrong(address.error());
  return pair_with(*address, options);
}

}  // namespace vscard::vscclient
