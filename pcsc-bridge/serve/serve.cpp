#include "pcsc-bridge/serve/serve.hpp"

#include "inspect/options.hpp"
#include "program/log.hpp"
#include "program/process.hpp"
#include "program/trace.hpp"

#include <utility>

namespace vscard::pcsc_bridge::serve {
namespace {

program::CommandTable make_table(Service& pcsc, program::Watchers& watchers, AddReader add,
                                 std::function<void()> leave) {
  std::vector<program::Command> commands = reader_commands(pcsc, std::move(add));
  commands.insert(commands.begin(), program::list_command("the readers: name, card, client",
                                                          [&pcsc] { return reader_rows(pcsc); }));
  commands.push_back(program::watch_command(watchers, [&pcsc] { return pcsc.present(); }));
  commands.push_back(program::trace_command(watchers));
  commands.push_back(program::debug_command());
  commands.push_back(
      program::exit_command("end the program; all readers are gone", std::move(leave)));
  return program::CommandTable(std::move(commands));
}

chardev::Access access_of(const ServeOptions& options) {
  auto access =
      chardev::access_of({.mode = chardev::Endpoint::Mode::Listen, .address = options.socket});
  for (const ReaderSpec& spec : options.readers) {
    access.add(chardev::access_of(spec.link.link.endpoint));
  }
  return access;
}

}  // namespace

Serve::Serve(ServeOptions options)
    : options_(std::move(options)),
      pcsc_(io_.get_executor(), watchers_),
      table_(make_table(
          pcsc_, watchers_,
          [this](const std::string& name, const std::optional<std::string>& endpoint) {
            return add_reader(name, endpoint);
          },
          [this] { service_.leave(); })),
      service_(io_, table_, watchers_, [this] { leave(); }) {}

int Serve::run() {
  if (const Result<> opened = open(); !opened) {
    log::error("{}", opened.error().text);
    return program::kFailed;
  }
  service_.start();
  io_.run();
  service_.close();
  if (capture_) capture_->close();
  return 0;
}

Result<> Serve::open() {
  program::allow_all_descriptors();
  options_.service.access.add(access_of(options_));
  if (options_.capture) options_.service.access.add(capture::access_of(*options_.capture));
  options_.service.access.add(inspect::access_of(options_.inspect));
  program::Service::confine(options_.service);
  if (auto opened = open_capture(); !opened) return opened;
  for (const ReaderSpec& spec : options_.readers) {
    if (auto added = pcsc_.add_reader(spec.name, spec.link); !added) return added;
  }
  if (auto opened = pcsc_.open(options_.socket); !opened) return opened;
  log::info("PC/SC programs connect to {}", pcsc_.socket());
  if (auto opened = open_inspector(); !opened) return opened;
  return service_.open(options_.service);
}

Result<> Serve::open_capture() {
  if (!options_.capture) return {};
  capture_.emplace(*options_.capture, watchers_);
  return capture_->open(io_.get_executor());
}

/// The readers' cards are other programs': there is nothing to move.
Result<> Serve::open_inspector() {
  if (!options_.inspect) return {};
  inspector_.emplace(io_.get_executor(), table_, watchers_,
                     inspect::InspectorOptions{.program = "pcsc-bridge", .commands = {}});
  return inspector_->open(*options_.inspect);
}

Result<std::string> Serve::add_reader(const std::string& name,
                                      const std::optional<std::string>& endpoint) {
  if (service_.leaving()) return std::unexpected("the program is ending");
  if (!endpoint) return std::unexpected("say where its card comes from: listen:unix:PATH");
  const auto spec = parse_reader(*endpoint, 0);
  if (!spec) return std::unexpected(spec.error());
  const auto lacks = options_.service.access.lacks(chardev::access_of(spec->link.link.endpoint));
  if (options_.service.sandbox && lacks) {
    return std::unexpected("the sandbox keeps this process from " + *lacks +
                           "; start it with --sandbox off");
  }
  if (auto added = pcsc_.add_reader(name, spec->link); !added) {
    return std::unexpected(added.error());
  }
  return "";
}

void Serve::leave() {
  pcsc_.close();
  io_.stop();
}

}  // namespace vscard::pcsc_bridge::serve
