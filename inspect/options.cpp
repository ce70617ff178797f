#include "inspect/options.hpp"

#include "chardev/transport.hpp"

#include <utility>

namespace vscard::inspect {
namespace {

constexpr const char* kDefaultAddress = "tcp://127.0.0.1:0";

}  // namespace

Result<chardev::Address> parse_inspect_address(const std::string& text) {
  auto address = chardev::parse_address(text);
  if (!address) return address;
  const auto transport = chardev::find_transport(chardev::standard_transports(), *address);
  if (!transport) return std::unexpected(transport.error());
  const bool local = *transport == &chardev::kUnix && !address->location.starts_with('@');
  const bool loopback =
      *transport == &chardev::kTcp && !chardev::kTcp.reachable_unencrypted(*address);
  if (local || loopback) return address;
  return std::unexpected("others could connect to " + address->text() +
                         "; use tcp://127.0.0.1:PORT or unix:PATH, and ssh -L from elsewhere");
}

void add_inspect_option(program::CommandLineParser& parser,
                        std::optional<chardev::Address>& address) {
  parser.add({.name = "--inspect",
              .into = [&address](const std::string& text) -> Result<> {
                auto parsed = parse_inspect_address(text);
                if (!parsed) return std::unexpected(parsed.error());
                address = std::move(*parsed);
                return {};
              },
              .text =
                  "show in a browser what passes; ADDRESS is tcp://127.0.0.1:PORT or unix:PATH,\n"
                  "without it a free port of 127.0.0.1",
              .value = "ADDRESS",
              .implied = kDefaultAddress});
}

chardev::Access access_of(const std::optional<chardev::Address>& address) {
  if (!address) return {};
  return chardev::access_of({.mode = chardev::Endpoint::Mode::Listen, .address = *address});
}

}  // namespace vscard::inspect
