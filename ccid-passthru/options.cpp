#include "ccid-passthru/options.hpp"

#include "program/process.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <map>
#include <utility>

namespace vscard::ccid_passthru {
namespace {

constexpr const char* kDescription =
    "A USB smart card reader for a virtual machine, whose cards come over VSC: a process beside\n"
    "the machine that is a CCID reader on its usbredir side.";
constexpr const char* kFooter =
    "\nEndpoints: connect:ADDRESS or listen:ADDRESS, where an address is tcp://HOST:PORT or\n"
    "unix:PATH[,mode=0600][,user=NAME][,group=NAME]. Of --vsc also ,peer-max-apdu=BYTES: what the\n"
    "card's owner takes and gives, if it is more than the 270 of libcacard's client.\n"
    "\nExamples:\n"
    "  ccid-passthru --vsc listen:tcp://127.0.0.1:2001 --usbredir connect:unix:/run/vm1/usb.sock\n"
    "  ccid-passthru --control unix:/run/vscard/ctl.sock\\\n"
    "    --reader alice --vsc listen:unix:/run/vscard/a.sock --usbredir connect:unix:/run/vm1/a\\\n"
    "    --reader bob --vsc listen:unix:/run/vscard/b.sock --usbredir connect:unix:/run/vm1/b\n"
    "  ccid-passthru --print qemu --vsc … --usbredir …\n"
    "  ccid-passthru ctl --control unix:/run/vscard/ctl.sock list --json\n";

/// Options whose order has a meaning, so that they are not read into variables.
constexpr std::pair<const char*, const char*> kReaderOptions[] = {
    {"--reader", "a further reader; the options that follow are its own"},
    {"--vsc", "where the card's owner is (ENDPOINT)"},
    {"--usbredir", "where the virtual machine is (ENDPOINT)"},
    {"--serial", "the USB serial number (default: of this machine and the reader's name)"},
    {"--usb-id", "VVVV:PPPP, the USB ids (default: 08e6:4433, which every driver knows)"},
    {"--speed", "full or high (default: full)"},
    {"--max-message", "bytes of a CCID message, 271 to 65554 (default: 3072)"},
};

/// The options as they are written, before they mean anything.
struct Switches {
  bool no_reconnect = false;
  bool insecure = false;
  unsigned apdu_timeout = static_cast<unsigned>(protocol::kApduTimeout.count());
  std::string level = "info";
};

void define(CLI::App& app, Switches& switches, CommandLine& line) {
  app.set_version_flag("--version", "ccid-passthru (vscard) " VSCARD_VERSION);
  for (const auto& [name, description] : kReaderOptions) {
    app.add_option(name, description)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->group("A reader");
  }
  app.add_option("--apdu-timeout", switches.apdu_timeout,
                 "seconds that a card may take for a command")
      ->check(CLI::Range(1U, 86400U))
      ->capture_default_str();
  app.add_flag("--no-reconnect", switches.no_reconnect, "end when a connection fails or is lost");
  app.add_flag("--insecure", switches.insecure, "allow to listen for other machines, unencrypted");
  app.add_option("--print", line.print, "print what attaches the readers (qemu, libvirt), and end")
      ->check(CLI::IsMember({"qemu", "libvirt"}));
  app.add_option("--control", line.control, "listen for ccid-passthru ctl on this address")
      ->type_name("ADDRESS");
  app.add_option("--pid-file", line.pid_file, "write the process's number when it is ready");
  app.add_option("--log-level", switches.level, "what to tell")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  app.footer(kFooter);
}

/// The readers' options in the order of the command line.
std::vector<Word> reader_words(const CLI::App& app) {
  std::vector<Word> words;
  std::map<const CLI::Option*, std::size_t> taken;
  for (const CLI::Option* option : app.parse_order()) {
    if (option->get_group() != "A reader") continue;
    words.push_back({.option = option->get_name(), .value = option->results().at(taken[option]++)});
  }
  return words;
}

int wrong(const std::string& text) {
  log::error("{} (ccid-passthru --help tells more)", text);
  return program::kWrongCommandLine;
}

}  // namespace

std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv) {
  CLI::App app(kDescription, "ccid-passthru");
  Switches switches;
  CommandLine line;
  define(app, switches, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return std::unexpected(app.exit(asked));
  } catch (const CLI::ParseError& error) {
    return std::unexpected(wrong(error.what()));
  }
  auto readers = parse_readers(reader_words(app));
  if (!readers) return std::unexpected(wrong(readers.error()));
  line.readers = std::move(*readers);
  if (line.readers.empty() && (line.control.empty() || !line.print.empty())) {
    return std::unexpected(wrong("no reader: say --vsc ENDPOINT --usbredir ENDPOINT"));
  }
  using Link = session::LinkOptions;
  line.policy.reconnect = switches.no_reconnect ? Link::Reconnect::No : Link::Reconnect::Yes;
  line.policy.exposure = switches.insecure ? Link::Exposure::Allowed : Link::Exposure::Refused;
  line.policy.apdu_timeout = std::chrono::seconds(switches.apdu_timeout);
  line.level = log::parse_level(switches.level).value_or(log::Level::Info);
  return line;
}

}  // namespace vscard::ccid_passthru
