#include "ccid-passthru/application.hpp"
#include "ccid-passthru/attach.hpp"
#include "ccid-passthru/attach_usbip.hpp"
#include "ccid-passthru/options.hpp"
#include "ccid-passthru/qemu_version.hpp"
#include "ccid-passthru/transports.hpp"
#include "program/completion.hpp"
#include "program/ctl.hpp"
#include "program/log.hpp"
#include "program/process.hpp"
#include "program/run_program.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace vscard;

Result<std::string> how_to_attach(const ccid_passthru::CommandLine& line) {
  if (line.print == "libvirt") return ccid_passthru::libvirt_devices(line.readers);
  if (line.print == "usbip") return ccid_passthru::usbip_commands(line.readers, *line.usbip);
  return ccid_passthru::qemu_arguments(line.readers, ccid_passthru::installed_qemu());
}

int print(const ccid_passthru::CommandLine& line) {
  const auto text = how_to_attach(line);
  if (!text) {
    log::error("{}", text.error().text);
    return program::kFailed;
  }
  std::puts(text->c_str());
  return 0;
}

int run(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (const auto completed = program::answer_ctl_completion(
          "ccid-passthru", ccid_passthru::Commands::help(), arguments)) {
    return *completed;
  }
  if (!arguments.empty() && arguments.front() == "ctl") {
    return program::ctl_main("ccid-passthru", ccid_passthru::Commands::help(),
                             {arguments.begin() + 1, arguments.end()});
  }
  if (!arguments.empty() && arguments.front() == "status") {
    return program::status_main("ccid-passthru", {arguments.begin() + 1, arguments.end()});
  }
  auto line = ccid_passthru::parse_command_line(argc, argv);
  if (!line) return line.error();
  log::set_level(line->service.level);
  if (!line->print.empty()) return print(*line);
  ccid_passthru::log_transports();
  return ccid_passthru::Application(std::move(*line)).run();
}

}  // namespace

int main(int argc, char** argv) {
  program::keep_memory_private();
  return program::run_program("ccid-passthru", [&] { return run(argc, argv); });
}
