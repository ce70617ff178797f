#include "pcsc-bridge/serve/options.hpp"

#include "cards/card_completion.hpp"
#include "cards/kinds.hpp"
#include "chardev/program_transports.hpp"
#include "inspect/options.hpp"
#include "pcsc-bridge/conf/reader_conf.hpp"
#include "pcsc-bridge/reader/channel_options.hpp"
#include "program/default_control.hpp"

#include <algorithm>
#include <utility>

namespace vscard::pcsc_bridge::serve {
namespace {

constexpr const char* kDescription =
    "pcsc-bridge serve [OPTION]... [--reader ENDPOINT]... [--card CARD]...\n\n"
    "Is a PC/SC service, in place of pcscd: programs find it by PCSCLITE_CSOCK_NAME. Needs no\n"
    "root, no namespaces and no pcscd.";
constexpr const char* kFooter =
    "\nENDPOINT is where a reader's card comes from, as with pcsc-bridge conf, with ,name=NAME "
    "for\n"
    "the reader's name, and ,cards=N for how many cards a client may bring on its connection (8):\n"
    "listen:unix:PATH, listen:tcp://127.0.0.1:PORT, connect:…; also\n"
    "connect:nats://HOST:PORT/NAME, or a card of a pool:\n"
    "connect:nats://HOST:PORT/pool.POOL[,label=LABEL]...[,wait=SECONDS]\n"
    "\nCARD is as with pcsc-bridge run; it is in this process.\n"
    "\nExamples:\n"
    "  pcsc-bridge serve --card piv --card soft:p12=alice.p12,name=alice\n"
    "  pcsc-bridge serve --reader listen:unix:$XDG_RUNTIME_DIR/alice.sock,name=alice\n"
    "  vscclient --vsc connect:unix:$XDG_RUNTIME_DIR/alice.sock --card soft:db=alice/nssdb\n"
    "  eval \"$(pcsc-bridge env)\"; opensc-tool --list-readers\n";
constexpr const char* kName = "name";
constexpr const char* kSocketName = "pcsc";
/// Not that of the control sockets: a container that is given this one has no use for these.
constexpr const char* kSocketFolder = "vscard-pcsc";

Result<std::vector<ReaderSpec>> parse_readers(const std::vector<std::string>& texts,
                                              protocol::Duration apdu_timeout) {
  std::vector<ReaderSpec> readers;
  for (const std::string& text : texts) {
    auto reader = parse_reader(text, readers.size(), apdu_timeout);
    if (!reader) return std::unexpected(reader.error());
    readers.push_back(std::move(*reader));
  }
  return readers;
}

}  // namespace

Result<ReaderSpec> parse_reader(const std::string& text, std::size_t number,
                                protocol::Duration apdu_timeout) {
  auto endpoint = chardev::parse_endpoint(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  auto& keys = endpoint->address.keys;
  const std::string name = keys.last(kName).value_or("reader " + std::to_string(number));
  if (const auto good = conf::check_name(name); !good) return std::unexpected(good.error());
  std::erase_if(keys.keys, [](const auto& key) { return key.first == kName; });
  const auto cards = session::take_cards(endpoint->address);
  if (!cards) return std::unexpected(cards.error());
  auto link = reader::channel_to(std::move(*endpoint), chardev::program_transports(), apdu_timeout);
  if (!link) return std::unexpected(link.error());
  link->max_readers = cards->value_or(session::kUsualCards);
  return ReaderSpec{.name = conf::reader_name(name), .link = std::move(*link)};
}

Result<std::vector<cards::CardSpec>> parse_own_cards(const std::vector<std::string>& texts) {
  std::vector<cards::CardSpec> cards;
  for (const std::string& text : texts) {
    auto card = cards::parse_card_spec(text);
    if (!card) return std::unexpected(card.error());
    cards.push_back(std::move(*card));
  }
  std::vector<cards::CardSpec*> unnamed;
  for (cards::CardSpec& card : cards) unnamed.push_back(&card);
  if (auto named = cards::name_cards(unnamed, conf::reader_name); !named) {
    return std::unexpected(named.error());
  }
  return cards;
}

Result<chardev::Address> parse_socket(const std::string& text) {
  if (text.empty()) {
    const auto usual = program::default_control(kSocketName, kSocketFolder);
    if (usual) return parse_socket(*usual);
    return std::unexpected(usual.error().about("no place for the socket, give one with --socket"));
  }
  const bool passed = text.starts_with("fd:");
  auto address =
      chardev::parse_address(passed || text.starts_with("unix:") ? text : "unix:" + text);
  if (!address) return address;
  const chardev::Transport& transport = passed ? chardev::kFd : chardev::kUnix;
  if (auto good = transport.check(*address); !good) return std::unexpected(good.error());
  // libpcsclite looks for a file before it connects.
  if (passed || !address->location.starts_with('@')) return address;
  return std::unexpected("PC/SC programs need a socket file: give a path");
}

void add_with_system_option(program::CommandLineParser& parser, bool& into) {
  parser.add({.name = kWithSystem,
              .into = &into,
              .text = "also this machine's own readers, those of its pcscd"});
}

std::expected<ServeOptions, int> parse_serve(int argc, const char* const* argv) {
  program::CommandLineParser parser("pcsc-bridge serve", kDescription, kFooter);
  ServeOptions options;
  std::string socket;
  std::vector<std::string> readers;
  std::vector<std::string> cards;
  program::LinkPolicy policy;
  parser.add({.name = "--socket",
              .into = &socket,
              .text = "where programs connect: PATH[,mode=0600][,user=NAME][,group=NAME], or\n"
                      "fd:NAME, a socket that systemd passes",
              .value = "PATH",
              .shown = kUsualSocket});
  parser.add({.name = "--reader",
              .into = &readers,
              .text = "a reader, and where its card comes from; may be repeated",
              .value = "ENDPOINT"});
  parser.add(
      {.name = "--card",
       .into = &cards,
       .text = "a card of this process and its reader; may be repeated",
       .value = "CARD",
       .complete = [](const std::string& begun) { return cards::complete_card(begun, nullptr); }});
  add_with_system_option(parser, options.with_system);
  program::add_timeout_option(parser, policy);
  parser.add_config_option();
  capture::add_capture_option(parser, options.capture);
  inspect::add_inspect_option(parser, options.inspect);
  program::add_service_options(parser, options.service, program::DefaultControl::Yes);
  program::add_sandbox_option(parser, options.service.sandbox);
  if (const auto status = parser.parse(argc, argv)) return std::unexpected(*status);

  const auto wrong = [&parser](const Failure& failure) {
    return std::unexpected(parser.wrong(failure));
  };
  auto address = parse_socket(socket);
  if (!address) return wrong(address.error());
  if (socket.empty()) {
    if (auto made = program::make_folder_of(address->text()); !made) return wrong(made.error());
  }
  options.socket = std::move(*address);
  auto parsed = parse_readers(readers, policy.apdu_timeout);
  if (!parsed) return wrong(parsed.error());
  options.readers = std::move(*parsed);
  auto own = parse_own_cards(cards);
  if (!own) return wrong(own.error());
  options.cards = std::move(*own);
  options.apdu_timeout = policy.apdu_timeout;
  return options;
}

}  // namespace vscard::pcsc_bridge::serve
