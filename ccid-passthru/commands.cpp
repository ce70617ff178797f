#include "ccid-passthru/commands.hpp"

#include "program/common_commands.hpp"
#include "program/pairing_commands.hpp"
#include "program/trace.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <utility>

namespace vscard::ccid_passthru {
namespace {

using program::Json;
using program::ListRow;
using program::Words;

constexpr std::size_t kTextWidth = 74;  ///< columns of help beside a command

/// The options that `add` takes: those beside the reader's name.
std::span<const ReaderOption> add_options() { return reader_options().subspan(1); }

bool is_add_option(const std::string& word) {
  return std::ranges::any_of(add_options(),
                             [&word](const ReaderOption& option) { return word == option.name; });
}

std::string add_text() {
  std::string text;
  std::string line = "a further reader; OPTION is one of";
  for (const ReaderOption& option : add_options()) {
    const bool last = &option == &add_options().back();
    const std::string word = fmt::format("{} {}{}", option.name, option.value, last ? "" : ",");
    if (line.size() + 1 + word.size() > kTextWidth) text += std::exchange(line, "") + "\n";
    line += (line.empty() ? "" : " ") + word;
  }
  return text + line + "\nwithout one: the reader that a client's further card has lost";
}

Json guest_of(const UsbReader::End& end) {
  if (!end.bus_id) return Json::object({{"link", end.address}, {"peer", end.remote}});
  return Json::object({{"bus_id", end.bus_id}, {"link", end.address}, {"peer", end.remote}});
}

Json client_of(const UsbReader::Status& status) {
  const UsbReader::End& end = status.client;
  return Json::object(
      {{"link", end.address},
       {"peer", end.remote},
       {"round_trip", Json::seconds(end.round_trip)},
       {"without_reader", Json::array({status.without.begin(), status.without.end()})}});
}

std::string text_of(const std::vector<std::string>& without) {
  return without.empty() ? "" : fmt::format("  without a reader: {}", fmt::join(without, ", "));
}

std::string text_of(const char* who, const UsbReader::End& end) {
  const std::string place = end.bus_id ? " bus id " + *end.bus_id : "";
  return end.remote ? fmt::format("{} at {}{}", who, *end.remote, place)
                    : fmt::format("no {} at {}{}", who, end.address, place);
}

ListRow row_of(const UsbReader::Status& status) {
  return {
      .json = Json::object({{"card", status.card},
                            {"reader", status.reader},
                            {"serial", status.serial},
                            {status.guest.bus_id ? "usbip" : "usbredir", guest_of(status.guest)},
                            {"vsc", client_of(status)}}),
      .text = fmt::format("{}  {}  {}  {}{}", status.reader, status.card ? "card" : "no card",
                          text_of("client", status.client), text_of("guest", status.guest),
                          text_of(status.without))};
}

}  // namespace

Commands::Commands(const UsbReaders& usb_readers, program::Watchers& watchers, Usbip usbip, Add add,
                   std::function<void()> leave)
    : usb_readers_(usb_readers),
      usbip_(usbip),
      add_(std::move(add)),
      table_(make_table(watchers, std::move(leave))) {}

std::string Commands::help() {
  const UsbReaders none;
  program::Watchers nobody;
  return Commands(none, nobody, Usbip::No, {}, [] {}).table().help();
}

program::CommandTable Commands::make_table(program::Watchers& watchers,
                                           std::function<void()> leave) {
  const auto rows = [this] {
    std::vector<ListRow> listed;
    for (const auto& usb_reader : usb_readers_) listed.push_back(row_of(usb_reader->status()));
    return listed;
  };
  const auto reports = [this] {
    std::vector<program::StatusReport> all;
    for (const auto& usb_reader : usb_readers_) all.push_back(usb_reader->report());
    return all;
  };
  const auto present = [this] {
    std::vector<Json> events;
    for (const auto& usb_reader : usb_readers_) {
      for (Json& event : usb_reader->present()) events.push_back(std::move(event));
    }
    return events;
  };
  const auto places = [this] {
    std::vector<program::PairingPlace> pairing;
    for (const auto& usb_reader : usb_readers_) {
      for (auto* const place : usb_reader->pairings())
        pairing.push_back({usb_reader->name(), place});
    }
    return pairing;
  };
  std::vector<program::Command> commands{
      program::list_command("the readers: name, card, client, virtual machine", rows),
      program::status_command(
          "each reader, its client, guest and last command, and what is missing", reports),
      {.name = "add",
       .usage = "NAME [OPTION VALUE]...",
       .text = add_text(),
       .run = [this](const Words& arguments) { return add(arguments); }},
      {.name = "remove",
       .usage = "NAME",
       .text = "unplug the reader and forget it",
       .run = [this](const Words& arguments) { return remove(arguments); }},
      program::watch_command(watchers, present),
      program::trace_command(watchers),
      program::debug_command(),
      program::exit_command("end the program; all readers are unplugged", std::move(leave))};
  const auto at = commands.end() - 4;  // before those that all programs have
  std::ranges::copy(program::pairing_commands("NAME", places), std::inserter(commands, at));
  return program::CommandTable(std::move(commands));
}

Result<std::string> Commands::add(const Words& arguments) {
  const std::string& name = arguments.front();
  if (find(name) != nullptr) {
    return std::unexpected("there is a reader '" + name + "' already");
  }
  if (arguments.size() == 1 && give_back(name)) return "";
  std::vector<Word> options{{.option = "--reader", .value = name}};
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    const std::string& option = arguments[i];
    if (!is_add_option(option)) return std::unexpected("add has no option '" + option + "'");
    if (i + 1 == arguments.size()) return std::unexpected(option + " needs a value");
    options.push_back({.option = option, .value = arguments[i + 1]});
  }
  const auto readers = parse_readers(options, usbip_);
  if (!readers) return std::unexpected(readers.error());
  const auto added = add_(readers->front());
  if (!added) return std::unexpected(added.error());
  return "";
}

/// To the card that has lost it.
bool Commands::give_back(const std::string& name) const {
  const auto waits = [&name](const auto& usb_reader) {
    return usb_reader->without().contains(name);
  };
  const auto first = std::ranges::find_if(usb_readers_, waits);
  return first != usb_readers_.end() && (*first)->offer(name);
}

Result<std::string> Commands::remove(const Words& arguments) {
  UsbReader* const usb_reader = find(arguments.front());
  if (usb_reader == nullptr || usb_reader->leaving()) {
    return std::unexpected("unknown reader '" + arguments.front() + "'; list shows the readers");
  }
  usb_reader->leave();
  return "";
}

UsbReader* Commands::find(const std::string& name) const {
  for (const auto& usb_reader : usb_readers_) {
    if (usb_reader->name() == name) return usb_reader.get();
  }
  return nullptr;
}

}  // namespace vscard::ccid_passthru
