#include "ccid-passthru/options.hpp"

#include "ccid-passthru/usbip/endpoint.hpp"
#include "chardev/transports.hpp"
#include "inspect/options.hpp"

#include <utility>

namespace vscard::ccid_passthru {
namespace {

constexpr const char* kDescription =
    "A USB smart card reader (CCID) for a virtual machine, which attaches it over usbredir, or "
    "for\n"
    "any machine, which attaches it over USB/IP. It gets its card from a client over VSC.";
constexpr const char* kFooter =
    "\nEndpoints: connect:ADDRESS or listen:ADDRESS, where an address is tcp://HOST:PORT or\n"
    "unix:PATH[,mode=0600][,user=NAME][,group=NAME], and also exec:COMMAND, stdio:, fd:NAME,\n"
    "pty:LINK, serial:DEVICE and vsock://CID:PORT. --vsc also takes ,peer-max-apdu=BYTES for\n"
    "a client that can handle more than the 270 bytes of libcacard's client. One --vsc\n"
    "may be listen:spicevmc://HOST:PORT or spicevmc+unix:PATH, for remote-viewer and spicy.\n"
    "Between machines: tls://HOST:PORT,pair=DIR, after vscclient pair tls://HOST:PORT; or\n"
    "tls://HOST:PORT[,cert=FILE][,key=FILE][,ca=FILE][,name=NAME][,peer=NAME], or\n"
    "tls://HOST:PORT,psk=FILE. WebSockets: ws://HOST:PORT/PATH, and wss:// with the keys of "
    "tls://,\n"
    "each with [,origin=URL][,proxy=http://HOST:PORT][,token-file=FILE].\n"
    "By a name, through a NATS server: nats://HOST:PORT/NAME, and nats+tls:// with ,ca=FILE;\n"
    "a card of a pool: nats://HOST:PORT/pool.POOL[,label=LABEL]...[,wait=SECONDS].\n"
    "In front of a VNC server: listen:vnc://HOST:DISPLAY,server=HOST:DISPLAY.\n"
    "--usbredir also takes a usbredir channel of a SPICE server, or with ,port=NAME a port of it:\n"
    "connect:spice://HOST:PORT, spice+tls://HOST:PORT[,ca=FILE][,subject=NAME], spice+unix:PATH,\n"
    "each with [,password-file=FILE][,password-fd=N], or spice:FILE.vv.\n"
    "\nExamples:\n"
    "  ccid-passthru --vsc listen:tcp://127.0.0.1:2001 --usbredir connect:unix:usb.sock\n"
    "  ccid-passthru --reader alice --vsc listen:unix:alice.card --usbredir connect:unix:alice.usb "
    "\\\n"
    "    --reader bob --vsc listen:unix:bob.card --usbredir connect:unix:bob.usb\n"
    "  ccid-passthru --vsc listen:unix:card.sock --usbip listen:tcp://127.0.0.1:3240\n"
    "  ccid-passthru --print qemu --vsc … --usbredir …\n"
    "  ccid-passthru ctl list --json\n";

/// `words` gets the readers' options, in their order.
void define(program::CommandLineParser& parser, std::vector<Word>& words, std::string& usbip,
            CommandLine& line) {
  parser.add_version_option();
  parser.add_config_option();
  parser.add_usage("ccid-passthru ctl [--control ADDRESS] COMMAND [ARGUMENT]...");
  parser.add_usage("ccid-passthru status [--control ADDRESS]");
  for (const ReaderOption& option : reader_options()) {
    parser.add({.name = option.name,
                .into = &words,
                .text = option.text,
                .value = option.value,
                .group = "A reader"});
  }
  parser.add({.name = "--usbip",
              .into = &usbip,
              .text = "listen:ADDRESS for USB/IP: every reader without --usbredir is there",
              .value = "ENDPOINT"});
  program::add_link_options(parser, line.policy);
  capture::add_capture_option(parser, line.capture);
  parser.add({.name = "--print",
              .into = &line.print,
              .text = "print how to attach the readers, and end",
              .choices = {"qemu", "libvirt", "usbip"}});
  program::add_service_options(parser, line.service, program::DefaultControl::Yes);
  inspect::add_inspect_option(parser, line.inspect);
  program::add_sandbox_option(parser, line.service.sandbox);
}

}  // namespace

std::expected<CommandLine, int> parse_command_line(int argc, const char* const* argv) {
  program::CommandLineParser parser("ccid-passthru", kDescription, kFooter);
  std::vector<Word> words;
  std::string usbip;
  CommandLine line;
  define(parser, words, usbip, line);
  if (const auto status = parser.parse(argc, argv)) return std::unexpected(*status);
  const auto wrong = [&parser](const Failure& failure) {
    return std::unexpected(parser.wrong(failure));
  };
  if (!usbip.empty()) {
    auto endpoint = usbip::parse_endpoint(usbip, chardev::peer_transports());
    if (!endpoint) return wrong(endpoint.error());
    line.usbip = std::move(*endpoint);
  }
  auto readers = parse_readers(words, line.usbip ? Usbip::Yes : Usbip::No);
  if (!readers) return wrong(readers.error());
  line.readers = std::move(*readers);
  if (line.readers.empty() && (line.service.control.empty() || !line.print.empty())) {
    return wrong("no reader: give --vsc ENDPOINT --usbredir ENDPOINT, or --usbip in its place");
  }
  if (line.print == "usbip" && !line.usbip) return wrong("--print usbip needs --usbip");
  return line;
}

}  // namespace vscard::ccid_passthru
