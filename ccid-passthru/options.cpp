#include "ccid-passthru/options.hpp"

#include <CLI/CLI.hpp>

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
    "card's owner takes and gives, if it is more than the 270 of libcacard's client. One --vsc\n"
    "may be listen:spicevmc://HOST:PORT or spicevmc+unix:PATH, for remote-viewer and spicy.\n"
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

void define(CLI::App& app, CommandLine& line) {
  program::add_version_option(app);
  for (const auto& [name, description] : kReaderOptions) {
    app.add_option(name, description)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->group("A reader");
  }
  program::add_link_options(app, line.policy);
  app.add_option("--print", line.print, "print what attaches the readers (qemu, libvirt), and end")
      ->check(CLI::IsMember({"qemu", "libvirt"}));
  program::add_service_options(app, line.service);
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

}  // namespace

std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv) {
  CLI::App app(kDescription, "ccid-passthru");
  CommandLine line;
  define(app, line);
  if (const auto status = program::parse(app, argc, argv)) return std::unexpected(*status);
  const auto wrong = [&app](const std::string& text) {
    return std::unexpected(program::wrong_command_line(app, text));
  };
  auto readers = parse_readers(reader_words(app));
  if (!readers) return wrong(readers.error().text);
  line.readers = std::move(*readers);
  if (line.readers.empty() && (line.service.control.empty() || !line.print.empty())) {
    return wrong("no reader: say --vsc ENDPOINT --usbredir ENDPOINT");
  }
  return line;
}

}  // namespace vscard::ccid_passthru
