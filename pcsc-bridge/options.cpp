#include "pcsc-bridge/options.hpp"

#include "cards/card_completion.hpp"
#include "cards/kinds.hpp"
#include "chardev/socket_file.hpp"
#include "inspect/options.hpp"
#include "pcsc-bridge/conf/reader_conf.hpp"
#include "pcsc-bridge/reader/channel_options.hpp"
#include "program/process.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace vscard::pcsc_bridge {
namespace {

constexpr const char* kUsage =
    "Shows smart cards to PC/SC programs, without a virtual machine; the cards come over VSC.\n"
    "\n"
    "Usage: pcsc-bridge run [--card CARD]... [--readers N] -- COMMAND [ARGUMENT]...\n"
    "       pcsc-bridge serve [--socket PATH] [--reader ENDPOINT]... [--card CARD]...\n"
    "       pcsc-bridge env [--socket PATH] [--for WHERE]\n"
    "       pcsc-bridge conf --vsc ENDPOINT... [--install]\n"
    "       pcsc-bridge conf --remove\n"
    "       pcsc-bridge ctl [--control ADDRESS] COMMAND\n"
    "\n"
    "run   runs COMMAND with a PC/SC service, readers and cards of its own\n"
    "serve is a PC/SC service of its own until it is stopped; env prints how programs find it\n"
    "conf  makes this machine's pcscd show the cards of vscclient or another VSC client\n"
    "ctl   moves and watches the cards of run and serve, and adds and removes readers\n"
    "\n"
    "pcsc-bridge run --help, serve --help, env --help, conf --help and pcsc-bridge ctl --help say "
    "more.\n";
constexpr const char* kRunDescription =
    "pcsc-bridge run [OPTION]... -- COMMAND [ARGUMENT]...\n\n"
    "Runs COMMAND with a PC/SC service, readers and cards of its own. Nobody else sees them, and\n"
    "they are gone afterwards. The exit status is COMMAND's. Needs no root.";
constexpr const char* kCards = "\nCARD is one of these; its name is set with ,name=NAME:\n";
constexpr const char* kEnvironment =
    "\nCOMMAND finds in its environment\n"
    "  PCSCLITE_CSOCK_NAME  the service's socket (setuid programs ignore it)\n"
    "  VSCARD_CONTROL       for pcsc-bridge ctl: list | insert [CARD] | remove [CARD] | watch\n"
    "  VSCARD_READERS       a folder: vscclient --vsc connect:unix:$VSCARD_READERS/3.sock brings\n"
    "                       a card to the fourth reader\n"
    "\nGnuPG's scdaemon looks for USB readers alone, unless its scdaemon.conf says disable-ccid.\n"
    "\nExamples:\n"
    "  pcsc-bridge run -- opensc-tool --list-readers\n"
    "  pcsc-bridge run --card soft:db=alice/nssdb,name=alice --card soft:db=bob/nssdb,name=bob \\\n"
    "    -- ctest\n"
    "  pcsc-bridge run -- sh -c 'vscclient ctl remove && ./expects-no-card'\n";
constexpr const char* kConfDescription =
    "Adds readers to this machine's pcscd whose cards come over VSC: prints entries for\n"
    "reader.conf(5), or installs or removes them.";
constexpr const char* kConfFooter =
    "\nENDPOINT is listen:ADDRESS or connect:ADDRESS, where an address is tcp://HOST:PORT or\n"
    "unix:PATH[,mode=0600][,user=NAME][,group=NAME], and also vsock://CID:PORT, serial:DEVICE,\n"
    "pty:LINK and exec:COMMAND, with ,peer-max-apdu=65544 if the client is\n"
    "ours. With /run/vscard/NAME.sock,mode=0660 the members of the group vscard can connect; "
    "user=\n"
    "and group= do not work where the service of pcscd has few rights, as it has since version "
    "2.3.\n"
    "Between machines: tls://HOST:PORT,pair=DIR, after vscclient pair tls://HOST:PORT; or\n"
    "tls://HOST:PORT[,cert=FILE][,key=FILE][,ca=FILE][,name=NAME][,peer=NAME], or\n"
    "tls://HOST:PORT,psk=FILE. WebSockets: ws://HOST:PORT/PATH, and wss:// with the keys of "
    "tls://,\n"
    "each with [,origin=URL][,proxy=http://HOST:PORT][,token-file=FILE].\n"
    "\nExamples:\n"
    "  sudo pcsc-bridge conf --vsc listen:tcp://127.0.0.1:35963 --install\n"
    "  sudo pcsc-bridge conf --vsc listen:unix:/run/vscard/alice.sock,mode=0660 --install\n"
    "  sudo pcsc-bridge conf --remove\n";

constexpr const char* kWithPcscd = "--with-pcscd";
/// Of the service; pcscd has fewer.
constexpr std::size_t kMaxReaders = 256;

/// vscclient is told the name, too.
void add_name(Card& card) {
  if (card.spec.kind->syntax == cards::Kind::Syntax::Verbatim) return;
  card.text += (card.text.ends_with(':') ? "name=" : ",name=") + card.spec.name;
}

/// A name for each card: what it says itself, else of its kind. The readers' names all differ.
Result<> name_cards(std::vector<Card>& named) {
  std::vector<cards::CardSpec*> specs;
  std::vector<Card*> unnamed;
  for (Card& card : named) {
    specs.push_back(&card.spec);
    if (card.spec.name.empty()) unnamed.push_back(&card);
  }
  const auto done = cards::name_cards(specs, conf::reader_name);
  if (!done) return std::unexpected(done.error());
  std::ranges::for_each(unnamed, [](Card* card) { add_name(*card); });
  return {};
}

Result<std::vector<Card>> parse_cards(const std::vector<std::string>& texts) {
  std::vector<Card> parsed;
  for (const std::string& text : texts) {
    auto spec = cards::parse_card_spec(text);
    if (!spec) return std::unexpected(spec.error());
    parsed.push_back({.spec = std::move(*spec), .text = text});
  }
  const auto named = name_cards(parsed);
  if (!named) return std::unexpected(named.error());
  return parsed;
}

bool is_flag(std::string_view word) {
  return word == "--help" || word == kWithPcscd || word == serve::kWithSystem;
}

/// The first word that is neither an option nor its value.
const char* const* find_argument(const char* const* from, const char* const* end) {
  for (; from != end; ++from) {
    const std::string_view word = *from;
    if (!word.starts_with('-')) break;
    const bool has_value =
        word.starts_with("--") && !is_flag(word) && word.find('=') == std::string_view::npos;
    if (has_value && from + 1 != end) ++from;
  }
  return from;
}

/// An option that was given and that pcscd does not have.
std::optional<std::string_view> only_of_service(const RunOptions& options) {
  if (options.capture) return "--capture";
  if (options.inspect) return "--inspect";
  if (options.with_system) return serve::kWithSystem;
  return std::nullopt;
}

std::expected<CommandLine, int> parse_run(int argc, const char* const* argv) {
  program::CommandLineParser parser("pcsc-bridge run", kRunDescription,
                                    kCards + cards::describe_kinds() + kEnvironment);
  RunOptions options;
  std::vector<std::string> specs;
  program::LinkPolicy policy;
  parser.add(
      {.name = "--card",
       .into = &specs,
       .text = "a card and its reader; may be repeated",
       .value = "CARD",
       .complete = [](const std::string& begun) { return cards::complete_card(begun, nullptr); }});
  parser.add({.name = "--readers",
              .into = &options.readers,
              .text = "how many readers, 1 to 256, with pcscd 16 (default: one for each card)",
              .range = program::Option::Range{.least = 1, .most = kMaxReaders}});
  program::add_timeout_option(parser, policy);
  parser.add({.name = kWithPcscd,
              .into = &options.with_pcscd,
              .text = "the service is Debian's pcscd with our handler, in namespaces"});
  serve::add_with_system_option(parser, options.with_system);
  parser.add(
      {.name = "--wait",
       .into = &options.wait,
       .text = "with pcscd, how long root without namespaces waits for another run, 0 to 86400",
       .value = "SECONDS",
       .shown = "0",
       .range = program::Option::Range{.least = 0, .most = 86400}});
  capture::add_capture_option(parser, options.capture);
  inspect::add_inspect_option(parser, options.inspect);
  options.service.level = log::Level::Warning;
  program::add_service_options(parser, options.service, program::DefaultControl::No);

  const auto wrong = [&parser](const Failure& failure) {
    return std::unexpected(parser.wrong(failure));
  };
  if (argc > 1 && argv[1] == program::kCompleteOption) {
    return std::unexpected(parser.parse(argc, argv).value_or(0));
  }
  const auto* const end = std::find(argv, argv + argc, std::string_view("--"));
  const auto* const word = find_argument(argv + 1, end);
  if (end == argv + argc && word != end) {
    return wrong(
        fmt::format("'{0}' has no -- before it: pcsc-bridge run [OPTION]... -- {0}", *word));
  }
  if (const auto status = parser.parse(static_cast<int>(end - argv), argv)) {
    return std::unexpected(*status);
  }
  if (argv + argc - end < 2) return wrong("no command to run: put it after --");
  options.command.assign(end + 1, argv + argc);
  if (specs.empty() && !options.with_system) specs.emplace_back(cards::kDefaultCard);
  auto parsed = parse_cards(specs);
  if (!parsed) return wrong(parsed.error().text);
  options.cards = std::move(*parsed);
  if (options.readers == 0) options.readers = options.cards.size();
  const std::size_t most = options.with_pcscd ? conf::kMaxReaders : kMaxReaders;
  if (options.cards.size() > options.readers || options.readers > most) {
    return wrong(fmt::format("{} cards need as many readers, and {} has at most {}",
                             options.cards.size(), options.with_pcscd ? "pcscd" : "the service",
                             most));
  }
  const auto only = only_of_service(options);
  if (options.with_pcscd && only) {
    return wrong(fmt::format("{} is for our own service, not for {}", *only, kWithPcscd));
  }
  options.apdu_timeout = policy.apdu_timeout;
  return options;
}

std::expected<CommandLine, int> parse_conf(int argc, const char* const* argv) {
  program::CommandLineParser parser("pcsc-bridge conf", kConfDescription, kConfFooter);
  ConfOptions options;
  bool install = false;
  bool remove = false;
  parser.add({.name = "--vsc",
              .into = &options.endpoints,
              .text = "where the reader's card comes from; may be repeated",
              .value = "ENDPOINT"});
  parser.add({.name = "--install", .into = &install, .text = "install the entries"});
  parser.add(
      {.name = "--remove", .into = &remove, .text = "take them away", .excludes = "--install"});
  parser.add({.name = "--folder",
              .into = &options.folder,
              .text = "pcscd's folder of reader.conf files",
              .value = "FOLDER",
              .shown = options.folder.string()});
  program::add_log_option(parser, options.level);
  if (const auto status = parser.parse(argc, argv)) return std::unexpected(*status);

  using Action = ConfOptions::Action;
  if (install) options.action = Action::Install;
  if (remove) options.action = Action::Remove;
  const auto wrong = [&parser](const Failure& failure) {
    return std::unexpected(parser.wrong(failure));
  };
  if (options.endpoints.empty() == (options.action != Action::Remove)) {
    return wrong(options.endpoints.empty() ? "no endpoint: give one with --vsc listen:unix:PATH"
                                           : "--remove removes all entries; it takes no --vsc");
  }
  if (options.endpoints.size() > conf::kMaxReaders) return wrong("pcscd has at most 16 readers");
  for (const std::string& text : options.endpoints) {
    if (!conf::fits_reader_conf(text)) return wrong("reader.conf cannot contain " + text);
    const auto understood = reader::parse_channel(text);  // as the handler will
    if (!understood) return wrong(understood.error().text);
    const auto access = chardev::socket_access(understood->link.endpoint.address);
    if (!access) return wrong(access.error().text);
  }
  return options;
}

/// Of `run` and `conf`, as their own --complete; `words` are those behind --complete.
std::expected<CommandLine, int> complete(const std::vector<const char*>& words) {
  if (words.size() < 2) {
    const program::Words all{"run", "serve", "env", "conf", "ctl", "--help", "--version"};
    const std::string begun = words.empty() ? "" : words.front();
    return std::unexpected(program::print_candidates(program::beginning_with(begun, all)));
  }
  std::vector<const char*> line{words.front(), program::kCompleteOption.data()};
  std::copy(words.begin() + 1, words.end(), std::back_inserter(line));
  const auto count = static_cast<int>(line.size());
  if (line.front() == std::string_view("serve")) return serve::parse_serve(count, line.data());
  if (line.front() == std::string_view("env")) return serve::parse_env(count, line.data());
  if (line.front() == std::string_view("conf")) return parse_conf(count, line.data());
  if (line.front() != std::string_view("run")) return std::unexpected(0);
  if (std::find(line.begin(), line.end() - 1, std::string_view("--")) != line.end() - 1) {
    return std::unexpected(0);  // in the command to run
  }
  return parse_run(count, line.data());
}

}  // namespace

std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv) {
  const std::string_view task = argc > 1 ? argv[1] : "";
  if (task == program::kCompleteOption) return complete({argv + 2, argv + argc});
  if (task == "run") return parse_run(argc - 1, argv + 1);
  if (task == "conf") return parse_conf(argc - 1, argv + 1);
  if (task == "serve") return serve::parse_serve(argc - 1, argv + 1);
  if (task == "env") return serve::parse_env(argc - 1, argv + 1);
  if (task == "--version") {
    fmt::print("pcsc-bridge (vscard) {}\n", VSCARD_VERSION);
    return std::unexpected(0);
  }
  const bool help = task == "--help" || task == "-h";
  if (!help && !task.empty()) log::error("there is no '{}'", task);
  fmt::print(help ? stdout : stderr, "{}", kUsage);
  return std::unexpected(help ? 0 : program::kWrongCommandLine);
}

}  // namespace vscard::pcsc_bridge
