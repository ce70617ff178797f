#include "ccid-passthru/commands.hpp"

#include "program/log.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace vscard::ccid_passthru {
namespace {

using program::CommandResult;

constexpr const char* kHelp =
    "list [--json]    the readers: name, card, the card's owner, the virtual machine\n"
    "add NAME --vsc ENDPOINT --usbredir ENDPOINT [--serial TEXT] [--usb-id VVVV:PPPP]\n"
    "    [--speed full|high] [--max-message BYTES]    a further reader\n"
    "remove NAME      unplug the reader and forget it\n"
    "debug [LEVEL]    what is logged: trace, debug, info, warning, error, off\n"
    "exit             leave: all readers are unplugged\n"
    "help             this text";

/// The options that `add` takes.
constexpr const char* kAddOptions[] = {"--vsc",    "--usbredir", "--serial",
                                       "--usb-id", "--speed",    "--max-message"};

CommandResult debug(const std::vector<std::string>& words) {
  const std::string word = words.size() > 1 ? words[1] : "debug";
  const auto level = log::parse_level(word);
  if (!level) return std::unexpected("there is no level '" + word + "'");
  log::set_level(*level);
  return "";
}

nlohmann::json json_of(const UsbReader::End& end) {
  nlohmann::json json{{"link", end.address}, {"peer", nullptr}};
  if (end.remote) json["peer"] = *end.remote;
  return json;
}

std::string text_of(const char* who, const UsbReader::End& end) {
  return end.remote ? fmt::format("{} at {}", who, *end.remote)
                    : fmt::format("no {} at {}", who, end.address);
}

}  // namespace

Commands::Commands(const std::vector<std::unique_ptr<UsbReader>>& usb_readers,
                   std::function<Result<>(const ReaderSpec&)> add, std::function<void()> leave)
    : usb_readers_(usb_readers), add_(std::move(add)), leave_(std::move(leave)) {}

CommandResult Commands::run(const std::vector<std::string>& words) {
  if (words.empty()) return "";
  const std::string& name = words.front();
  if (name == "list") return list(words);
  if (name == "add") return add(words);
  if (name == "remove") return remove(words);
  if (name == "debug") return debug(words);
  if (name == "help") return kHelp;
  if (name == "exit" || name == "quit") {
    leave_();
    return "";
  }
  return std::unexpected("there is no command '" + name + "'; help lists them");
}

CommandResult Commands::list(const std::vector<std::string>& words) const {
  const bool json = words.size() == 2 && words[1] == "--json";
  if (words.size() > 1 && !json) return std::unexpected("list knows --json alone");
  auto rows = nlohmann::json::array();
  std::string text;
  for (const auto& usb_reader : usb_readers_) {
    const UsbReader::Status status = usb_reader->status();
    rows.push_back({{"reader", status.reader},
                    {"serial", status.serial},
                    {"card", status.card},
                    {"vsc", json_of(status.client)},
                    {"usbredir", json_of(status.guest)}});
    text += fmt::format("{}{}  {}  {}  {}", text.empty() ? "" : "\n", status.reader,
                        status.card ? "card" : "no card", text_of("owner", status.client),
                        text_of("machine", status.guest));
  }
  // A socket's path is the user's, and perhaps no UTF-8.
  return json ? rows.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) : text;
}

CommandResult Commands::add(const std::vector<std::string>& words) {
  if (words.size() < 2) return std::unexpected("add needs a name");
  if (find(words[1]) != nullptr) {
    return std::unexpected("there is a reader '" + words[1] + "' already");
  }
  std::vector<Word> options{{.option = "--reader", .value = words[1]}};
  for (std::size_t i = 2; i < words.size(); i += 2) {
    if (std::ranges::find(kAddOptions, words[i]) == std::end(kAddOptions)) {
      return std::unexpected("add knows no option '" + words[i] + "'");
    }
    if (i + 1 == words.size()) return std::unexpected(words[i] + " needs a value");
    options.push_back({.option = words[i], .value = words[i + 1]});
  }
  const auto readers = parse_readers(options);
  if (!readers) return std::unexpected(readers.error());
  const auto added = add_(readers->front());
  return added ? CommandResult("") : std::unexpected(added.error());
}

CommandResult Commands::remove(const std::vector<std::string>& words) {
  if (words.size() != 2) return std::unexpected("remove needs a reader");
  UsbReader* const usb_reader = find(words[1]);
  if (usb_reader == nullptr) {
    return std::unexpected("there is no reader '" + words[1] + "'; list shows the readers");
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
