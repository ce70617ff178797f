#include "pcsc-bridge/serve/serve.hpp"

#include "inspect/options.hpp"
#include "pcsc-bridge/conf/reader_conf.hpp"
#include "program/log.hpp"
#include "program/process.hpp"
#include "program/trace.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace vscard::pcsc_bridge::serve {
namespace {

constexpr std::chrono::seconds kSystemPatience{1};

program::CommandTable make_table(Service& pcsc, OwnCards& own, cards::link::Commands& cards,
                                 program::Watchers& watchers, AddReader add,
                                 std::function<void()> leave) {
  std::vector<program::Command> commands =
      reader_commands(std::move(add), [&pcsc, &own](const std::string& name) {
        auto removed = pcsc.remove_reader(name);
        if (removed) own.lose_reader(name);
        return removed;
      });
  std::ranges::move(cards.moves(), std::back_inserter(commands));
  commands.insert(commands.begin(),
                  program::list_command("the readers: name, card, client",
                                        [&pcsc, &own] { return reader_rows(pcsc, own.held()); }));
  commands.push_back(cards.status());
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
  for (const cards::CardSpec& card : options.cards) access.add(cards::access_of(card));
  return access;
}

}  // namespace

Serve::Serve(ServeOptions options, const OwnKinds& kinds)
    : options_(std::move(options)),
      own_(io_, seen_by_cards_, kinds),
      card_commands_(own_.held(), seen_by_cards_, [] {}),
      pcsc_(io_.get_executor(), watchers_),
      table_(make_table(
          pcsc_, own_, card_commands_, watchers_,
          [this](const std::string& name, const std::optional<std::string>& endpoint) {
            return add_reader(name, endpoint);
          },
          [this] { service_.leave(); })),
      service_(io_, table_, watchers_, [this] { leave(); }) {}

int Serve::run() {
  if (const Result<> opened = open(); !opened) return program::fail(opened.error());
  service_.start();
  io_.run();
  service_.close();
  const bool system_ended = pcsc_.end(io_);
  const bool ended = own_.end() && system_ended;
  if (capture_) capture_->close();
  if (!ended) std::_Exit(0);
  return 0;
}

Result<> Serve::open() {
  program::allow_all_descriptors();
  options_.service.access.add(access_of(options_));
  if (options_.capture) options_.service.access.add(capture::access_of(*options_.capture));
  options_.service.access.add(inspect::access_of(options_.inspect));
  program::Service::confine(options_.service);
  if (auto opened = open_capture(); !opened) return opened;
  if (auto opened = open_readers(); !opened) return opened;
  if (auto opened = pcsc_.open(options_.socket); !opened) return opened;
  log::info("PC/SC programs connect to {}", pcsc_.socket());
  if (auto opened = open_own_cards(); !opened) return opened;
  if (auto opened = open_system(); !opened) return opened;
  if (auto opened = open_inspector(); !opened) return opened;
  return service_.open(options_.service);
}

Result<> Serve::open_readers() {
  for (const ReaderSpec& spec : options_.readers) {
    if (auto added = pcsc_.add_reader(spec.name, spec.link); !added) return added;
  }
  return {};
}

/// After the socket: the card pcsc looks for the machine's service elsewhere.
Result<> Serve::open_own_cards() {
  if (!look_beyond(pcsc_.socket()) &&
      std::ranges::count(options_.cards, &cards::pcsc::kPcsc, &cards::CardSpec::kind) > 0) {
    return std::unexpected(pcsc_.socket() +
                           " is where the card pcsc looks for the machine's own service: give "
                           "another --socket");
  }
  if (auto opened = own_.open(options_.cards, options_.apdu_timeout); !opened) return opened;
  for (std::size_t i = 0; i < options_.cards.size(); ++i) {
    auto plugged = own_.plug(i, pcsc_, conf::reader_name(options_.cards[i].name));
    if (!plugged) return plugged;
  }
  return {};
}

/// Whoever comes once this program is ready finds the readers that are there now, if the machine's
/// service is as quick as usual.
Result<> Serve::open_system() {
  if (!options_.with_system) return {};
  if (auto added = pcsc_.add_system(); !added) return added;
  const auto limit = protocol::Clock::now() + kSystemPatience;
  while (!pcsc_.knows_system() && io_.run_one_until(limit) > 0) continue;
  return {};
}

Result<> Serve::open_capture() {
  if (!options_.capture) return {};
  capture_.emplace(*options_.capture, watchers_);
  return capture_->open(io_.get_executor());
}

/// It moves the cards of this process; those of others it shows.
Result<> Serve::open_inspector() {
  if (!options_.inspect) return {};
  inspect::InspectorOptions shown{.program = "pcsc-bridge", .commands = {}};
  if (!own_.held().empty()) shown.commands = {"insert", "remove", "fault"};
  inspector_.emplace(io_.get_executor(), table_, watchers_, std::move(shown));
  return inspector_->open(*options_.inspect);
}

Result<std::string> Serve::add_reader(const std::string& name,
                                      const std::optional<std::string>& endpoint) {
  if (service_.leaving()) return std::unexpected("the program is ending");
  if (!endpoint) {
    const auto given = pcsc_.give_back(name);
    if (!given) return std::unexpected(given.error());
    if (*given) return "";
    return std::unexpected("say where its card comes from: listen:unix:PATH");
  }
  const auto spec = parse_reader(*endpoint, 0, options_.apdu_timeout);
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
