#include "vscclient/options.hpp"

#include "cards/card_completion.hpp"
#include "cards/kinds.hpp"
#include "cards/libcacard/nicknames.hpp"
#include "cards/pcsc/choice.hpp"
#include "chardev/secret_input.hpp"
#include "chardev/transports.hpp"
#include "inspect/options.hpp"
#include "program/process.hpp"
#include "vscclient/transports.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace vscard::vscclient {
namespace {

using program::kFailed;

constexpr const char* kDescription =
    "Brings a smart card to a virtual machine: a soft card made of certificates, a PKCS#11\n"
    "token or a real card, over VSC, the smart card protocol of QEMU and libcacard.";
constexpr const char* kCards = "\nCards (a reader's name is set with ,name=NAME):\n";
constexpr const char* kEndpoints =
    "\nEndpoints: connect:ADDRESS or listen:ADDRESS, where an address is tcp://HOST:PORT or\n"
    "unix:PATH[,mode=0600][,user=NAME][,group=NAME], and also exec:COMMAND, stdio:, fd:NAME,\n"
    "pty:LINK, serial:DEVICE and vsock://CID:PORT. A SPICE server's smart card channel:\n"
    "connect:spice://HOST:PORT, spice+tls://HOST:PORT[,ca=FILE][,subject=NAME], spice+unix:PATH,\n"
    "each with [,password-file=FILE][,password-fd=N], or spice:FILE.vv; with ,port=NAME a port.\n"
    "Between machines: tls://HOST:PORT,pair=DIR, after vscclient pair tls://HOST:PORT; or\n"
    "tls://HOST:PORT[,cert=FILE][,key=FILE][,ca=FILE][,name=NAME][,peer=NAME], or\n"
    "tls://HOST:PORT,psk=FILE. WebSockets: ws://HOST:PORT/PATH, and wss:// with the keys of "
    "tls://,\n"
    "each with [,origin=URL][,proxy=http://HOST:PORT][,token-file=FILE].\n"
    "By a name, through a NATS server: nats://HOST:PORT/NAME, and nats+tls:// with ,ca=FILE;\n"
    "lent to whoever asks: nats://HOST:PORT/pool.POOL[,label=LABEL]...[,lease=SECONDS].\n"
    "A VNC server behind ccid-passthru: connect:vnc://HOST:DISPLAY[,password-file=FILE].\n"
    "A reader of vsmartcard in place of a VSC host: vpcd:connect:tcp://HOST:35963.\n"
    "\nExamples:\n"
    "  vscclient --vsc connect:tcp://127.0.0.1:2001\n"
    "  vscclient --vsc connect:unix:$XDG_RUNTIME_DIR/ccid.sock --card "
    "soft:db=alice/nssdb,cert=id,cert=sign\n"
    "  vscclient --vsc connect:tcp://127.0.0.1:2001 --card soft:p12=me.p12\n"
    "  vscclient --vsc listen:unix:$XDG_RUNTIME_DIR/card.sock --control "
    "unix:$XDG_RUNTIME_DIR/ctl.sock\n"
    "  vscclient ctl --control unix:$XDG_RUNTIME_DIR/ctl.sock remove\n"
    "  vscclient list-readers\n"
    "  vscclient -e 'use_hw=no db=\"sql:DIR\"' -c id -c sign -c enc HOST PORT\n";

/// Before an endpoint: a reader of vsmartcard.
constexpr std::string_view kVpcd = "vpcd:";
/// Of a PIN's line. What a PIN is, the card knows better.
constexpr chardev::SecretKind kPin{.name = "PIN", .max_size = 64, .fd_option = "--pin-fd "};

/// The options as they are written, before they mean anything.
struct Words {
  std::vector<std::string> vsc;
  std::vector<std::string> cards;
  std::string pin_file;
  int pin_fd = -1;
  // libcacard's own
  std::string emulation;
  std::vector<std::string> certificates;
  int debug = 0;
  std::string host;
  std::string port;
};

/// Of what there is on this machine, a shell is told the certificates and the readers.
program::Words names_for(const std::string& key, const std::string& database) {
  if (key == "cert" && !database.empty()) return cards::libcacard::nicknames(database);
  const auto readers = key == "reader" ? cards::pcsc::list_readers() : cards::pcsc::ReaderStates{};
  program::Words names;
  if (!readers) return names;
  for (const auto& reader : *readers) {
    if (!cards::pcsc::is_own_reader(reader.name)) names.push_back(reader.name);
  }
  return names;
}

program::Words complete_card(const std::string& begun) {
  return cards::complete_card(begun, names_for);
}

void define(program::CommandLineParser& parser, Words& words, CommandLine& line) {
  constexpr const char* kLibcacard = "libcacard's own";
  parser.add_version_option();
  parser.add_config_option();
  parser.add_usage("vscclient ctl [--control ADDRESS] COMMAND [ARGUMENT]...");
  parser.add_usage("vscclient status [--control ADDRESS]");
  parser.add_usage("vscclient list-readers [--json]");
  parser.add_usage("vscclient pair [--code-file FILE] tls://HOST:PORT[,pair=DIR]");
  parser.add_usage("vscclient pipe ENDPOINT ENDPOINT");
  parser.add({.name = "--vsc",
              .into = &words.vsc,
              .text = "where the host is: one for all cards, or repeated, one for each --card",
              .value = "ENDPOINT"});
  parser.add({.name = "--card",
              .into = &words.cards,
              .text = "the card (default: soft); may be repeated",
              .value = "CARD",
              .complete = complete_card});
  parser.add({.name = "--pin-file",
              .into = &words.pin_file,
              .text = "PIN of the soft or PIV card that is made: the file's first line",
              .value = "FILE"});
  parser.add({.name = "--pin-fd",
              .into = &words.pin_fd,
              .text = "the same from an open descriptor",
              .range = program::Option::Range{.least = 0, .most = std::numeric_limits<int>::max()},
              .excludes = "--pin-file"});
  program::add_link_options(parser, line.policy);
  parser.add({.name = "--no-read-ahead",
              .into = [&line] { line.reads_ahead = false; },
              .text = "ask the card only what the host asks"});
  capture::add_capture_option(parser, line.capture);
  program::add_service_options(parser, line.service, program::DefaultControl::Yes);
  inspect::add_inspect_option(parser, line.inspect);
  program::add_sandbox_option(parser, line.service.sandbox);
  parser.add({.name = "-e",
              .into = &words.emulation,
              .text = "libcacard's emulation arguments",
              .value = "ARGS",
              .group = kLibcacard});
  parser.add({.name = "-c",
              .into = &words.certificates,
              .text = "a certificate of the soft card",
              .value = "CERT",
              .group = kLibcacard});
  parser.add({.name = "-d", .into = &words.debug, .text = "log more: 1, 2", .group = kLibcacard});
  parser.add(
      {.name = "HOST", .into = &words.host, .text = "connect to this host …", .group = kLibcacard});
  parser.add({.name = "PORT", .into = &words.port, .text = "… at this port", .group = kLibcacard});
}

/// SPICE carries VSC alone.
Result<Pair> pair_of(const std::string& vsc, Result<cards::CardSpec> card) {
  const Speaks speaks = vsc.starts_with(kVpcd) ? Speaks::Vpcd : Speaks::Vsc;
  auto link = speaks == Speaks::Vpcd
                  ? session::parse_vsc_link(vsc.substr(kVpcd.size()), chardev::peer_transports())
                  : session::parse_vsc_link(vsc, transports());
  if (link && speaks == Speaks::Vpcd && !link->peer.stock()) {
    return std::unexpected(
        "peer-max-apdu is for a VSC host: vpcd takes what its protocol can carry");
  }
  if (!link) return std::unexpected(link.error());
  if (!card) return std::unexpected(card.error());
  return Pair{.vsc = std::move(*link), .speaks = speaks, .card = std::move(*card)};
}

Result<Pair> parse_classic(const Words& words) {
  if (words.port.empty()) return std::unexpected("HOST needs its PORT");
  const bool ipv6 = words.host.find(':') != std::string::npos;
  chardev::KeyList card{.head = words.emulation, .keys = {}};
  for (const std::string& nickname : words.certificates) card.keys.emplace_back("cert", nickname);
  return pair_of("connect:tcp://" + (ipv6 ? "[" + words.host + "]" : words.host) + ":" + words.port,
                 cards::make_card_spec("libcacard", card));
}

Result<std::vector<Pair>> parse_pairs(const Words& words) {
  std::vector<Pair> pairs;
  const bool classic = !words.host.empty();
  if (classic != words.vsc.empty()) {
    return std::unexpected(classic ? "HOST PORT and --vsc mean the same: use one of them"
                                   : "where is the host? Say --vsc connect:tcp://HOST:PORT");
  }
  if (classic) {
    if (!words.cards.empty()) return std::unexpected("--card goes with --vsc, not with HOST PORT");
    const auto pair = parse_classic(words);
    if (!pair) return std::unexpected(pair.error());
    pairs.push_back(*pair);
    return pairs;
  }
  if (!words.emulation.empty() || !words.certificates.empty()) {
    return std::unexpected("-e and -c go with HOST PORT; with --vsc say --card libcacard:ARGS");
  }
  const std::size_t count = std::max<std::size_t>(words.cards.size(), 1);
  const bool one_link = words.vsc.size() == 1;
  if (count != words.vsc.size() && !one_link) {
    return std::unexpected("--vsc and --card come in pairs, or one --vsc has all cards");
  }
  if (count > 1 && one_link && words.vsc.front().starts_with(kVpcd)) {
    return std::unexpected("a vpcd takes one card: give each --card a --vsc of its own");
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string card = words.cards.empty() ? cards::kDefaultCard : words.cards[i];
    auto pair = pair_of(words.vsc[one_link ? 0 : i], cards::parse_card_spec(card));
    if (!pair) return std::unexpected(pair.error());
    pairs.push_back(std::move(*pair));
  }
  return pairs;
}

Result<> name_cards(std::vector<Pair>& pairs) {
  std::vector<cards::CardSpec*> specs;
  for (Pair& pair : pairs) specs.push_back(&pair.card);
  return cards::name_cards(specs, [](const std::string& name) { return name; });
}

}  // namespace

std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv) {
  program::CommandLineParser parser("vscclient", kDescription,
                                    kCards + cards::describe_kinds() + kEndpoints);
  Words words;
  CommandLine line;
  define(parser, words, line);
  if (const auto status = parser.parse(argc, argv)) return std::unexpected(*status);
  const auto wrong = [&parser](const Failure& failure) {
    return std::unexpected(parser.wrong(failure));
  };
  auto pairs = parse_pairs(words);
  if (!pairs) return wrong(pairs.error().text);
  line.pairs = std::move(*pairs);
  line.one_link = words.vsc.size() == 1 && line.pairs.size() > 1;
  if (const auto named = name_cards(line.pairs); !named) return wrong(named.error().text);
  if (words.debug > 0) {
    line.service.level = words.debug == 1 ? log::Level::Debug : log::Level::Trace;
  }
  line.classic = !words.host.empty();
  if (words.pin_file.empty() && words.pin_fd < 0) return line;
  auto pin = words.pin_fd < 0 ? chardev::read_secret_line(words.pin_file, kPin)
                              : chardev::read_secret_line(words.pin_fd, kPin);
  if (pin && pin->empty()) pin = std::unexpected("there is none in the file; see --pin-file");
  if (!pin) {
    log::error("PIN: {}", pin.error().text);
    return std::unexpected(kFailed);
  }
  line.pin = std::move(*pin);
  return line;
}

}  // namespace vscard::vscclient
