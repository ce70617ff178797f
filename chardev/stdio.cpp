#include "chardev/stdio.hpp"

#include "chardev/descriptor_stream.hpp"

#include <fcntl.h>
#include <optional>
#include <unistd.h>
#include <utility>

namespace vscard::chardev {
namespace {

constexpr const char* kName = "standard input and output";

struct Streams {
  Descriptor input;
  Descriptor output;
};

/// What was taken, and is not used yet.
std::optional<Streams>& streams() {
  static std::optional<Streams> taken;
  return taken;
}

Result<Streams> take() {
  Descriptor own_input = reopened(STDIN_FILENO, O_RDONLY);
  Descriptor own_output = reopened(STDOUT_FILENO, O_WRONLY);
  const auto input = take_inherited(STDIN_FILENO);
  if (!input) return std::unexpected(input.error());
  const auto output = take_inherited(STDOUT_FILENO, STDERR_FILENO);
  if (!output) return std::unexpected(output.error());
  return Streams{.input = std::move(own_input), .output = std::move(own_output)};
}

Result<> check(const Address& address) {
  if (!address.location.empty()) return std::unexpected("stdio: stands alone");
  if (const auto unknown = address.keys.other_than({})) {
    return std::unexpected("stdio: has no key '" + *unknown + "'");
  }
  return {};
}

bool reachable_unencrypted(const Address& /*address*/) { return false; }

Awaitable<Connected> connect(asio::any_io_executor executor, Address /*address*/) {
  const auto given_up = [](std::string text) {
    return std::unexpected(ConnectError{std::move(text), ConnectError::Remedy::GiveUp});
  };
  if (const auto taken = take_stdio(); !taken) co_return given_up(taken.error().text);
  if (!streams()) co_return given_up("another link has them");
  Streams mine = *std::exchange(streams(), std::nullopt);
  co_return std::make_unique<DescriptorStream>(executor, std::move(mine.input),
                                               std::move(mine.output), kName);
}

Result<std::unique_ptr<Listener>> listen(asio::any_io_executor /*executor*/,
                                         const Address& /*address*/) {
  return std::unexpected("nobody connects to it");
}

}  // namespace

Result<> take_stdio() {
  static bool taken = false;
  if (taken) return {};
  if (::isatty(STDIN_FILENO) != 0 || ::isatty(STDOUT_FILENO) != 0) {
    return std::unexpected(
        "they are a terminal's; another program is to start this one, for example "
        "ccid-passthru --vsc 'connect:exec:ssh HOST vscclient --vsc stdio:'");
  }
  auto got = take();
  if (!got) return std::unexpected(got.error());
  streams() = std::move(*got);
  taken = true;
  return {};
}

const Transport kStdio{.scheme = "stdio",
                       .check = check,
                       .reachable_unencrypted = reachable_unencrypted,
                       .connector = plain_connector<connect>,
                       .listen = listen,
                       .only = Endpoint::Mode::Connect,
                       .once = true};

}  // namespace vscard::chardev
