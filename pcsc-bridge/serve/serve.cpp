#include "pcsc-bridge/serve/serve.hpp"

#include "program/log.hpp"

#include <utility>

namespace vscard::pcsc_bridge::serve {
namespace {

void tell(const Notice& notice) {
  if (notice.severity == Notice::Severity::Warning) {
    log::warning("{}", notice.text);
  } else {
    log::info("{}", notice.text);
  }
}

program::CommandTable make_table(Service& pcsc, std::function<Result<>(const ReaderSpec&)> add,
                                 std::function<void()> leave) {
  const auto place = [](const std::string&) -> Result<std::string> {
    return std::unexpected("add-reader needs an endpoint here: listen:unix:PATH");
  };
  std::vector<program::Command> commands = reader_commands(pcsc, std::move(add), place);
  commands.insert(commands.begin(), program::list_command("the readers: name, card, client",
                                                          [&pcsc] { return reader_rows(pcsc); }));
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
      pcsc_(io_.get_executor(), tell),
      table_(make_table(
          pcsc_, [this](const ReaderSpec& spec) { return add_reader(spec); },
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
  return 0;
}

std::string Serve::help() {
  asio::io_context unused;
  Service none(unused.get_executor(), {});
  return make_table(none, {}, {}).help();
}

Result<> Serve::open() {
  options_.service.access.add(access_of(options_));
  program::Service::confine(options_.service);
  for (const ReaderSpec& spec : options_.readers) {
    if (auto added = pcsc_.add_reader(spec.name, spec.link); !added) return added;
  }
  if (auto opened = pcsc_.open(options_.socket); !opened) return opened;
  log::info("PC/SC programs connect to {}", pcsc_.socket());
  return service_.open(options_.service);
}

Result<> Serve::add_reader(const ReaderSpec& spec) {
  if (service_.leaving()) return std::unexpected("the program is ending");
  const auto lacks = options_.service.access.lacks(chardev::access_of(spec.link.link.endpoint));
  if (options_.service.sandbox && lacks) {
    return std::unexpected("the sandbox keeps this process from " + *lacks +
                           "; start it with --sandbox off");
  }
  return pcsc_.add_reader(spec.name, spec.link);
}

void Serve::leave() {
  pcsc_.close();
  io_.stop();
}

}  // namespace vscard::pcsc_bridge::serve
