#include "vscclient/pair.hpp"

#include "async/first_of.hpp"
#include "async/sleep.hpp"
#include "async/spawn.hpp"
#include "chardev/secret_input.hpp"
#include "chardev/tls/pairing/code.hpp"
#include "chardev/tls/pairing/party.hpp"
#include "chardev/tls/tls.hpp"
#include "program/command_line.hpp"
#include "program/log.hpp"
#include "program/options.hpp"
#include "program/process.hpp"
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

constexpr const char* kDescription =
    "vscclient pair [OPTION]... tls://HOST:PORT[,pair=DIR][,name=NAME]\n\n"
    "Pairs this machine with one that listens with pair=DIR, by the code that is shown there.\n"
    "Afterwards both know each other's key, and connect without a question.";
constexpr const char* kFooter =
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

/// With a folder.
Result<Address> parse(const std::string& text) {
  auto address = chardev::parse_address(text);
  if (!address) return address;
  if (address->scheme != chardev::tls::kTls.scheme) {
    return std::unexpected(text + " cannot be paired with; write tls://HOST:PORT");
  }
  if (const auto wrong = address->keys.other_than({"pair", "name"})) {
    return std::unexpected("pair takes an address with pair= and name=, not with " + *wrong + "=");
  }
  if (const auto good = chardev::tls::kTls.check(*address); !good) {
    return std::unexpected(good.error());
  }
  if (address->keys.last("pair")) return address;
  auto folder = default_folder();
  if (!folder) return std::unexpected(folder.error());
  address->keys.keys.emplace_back("pair", *folder);
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

Awaitable<Result<std::string>> pair(asio::any_io_executor executor, Address address,
                                    SecretBytes code) {
  Address tcp{.scheme = "tcp", .location = address.location, .keys = {}};
  auto carrier = co_await chardev::connect_once(chardev::kTcp, executor, std::move(tcp));
  if (!carrier) co_return std::unexpected(carrier.error().text);
  auto keys = chardev::tls::parse_keys(address.keys);
  if (!keys) co_return std::unexpected(keys.error());
  co_return co_await pairing::pair(std::move(*carrier), std::move(*keys), address.text(),
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

int fail(const Failure& failure) {
  log::error("{}", failure.text);
  return program::kFailed;
}

int pair_with(const Address& address, const PairOptions& options) {
  const pairing::Folder folder(*address.keys.last("pair"));
  if (const auto opened = folder.open(); !opened) return fail(opened.error());
  auto code = read_code(options);
  if (!code) return fail(code.error());
  const auto name = pair_within_time(address, std::move(*code));
  if (!name) return fail(name.error().about("cannot pair with " + address.text()));
  log::info("paired with {}; from now on:", *name);
  fmt::print("vscclient --vsc {}\n", endpoint_of(address));
  return 0;
}

}  // namespace

int pair_main(int argc, const char* const* argv) {
  program::CommandLineParser parser("vscclient pair", kDescription, kFooter);
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
  if (const auto status = parser.parse(argc, argv)) return *status;
  if (options.address.empty()) return parser.wrong("with whom? Say vscclient pair tls://HOST:PORT");
  const auto address = parse(options.address);
  if (!address) return parser.wrong(address.error());
  return pair_with(*address, options);
}

}  // namespace vscard::vscclient
