#include "program/completion.hpp"

#include "program/control_client.hpp"
#include "program/ctl.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>

namespace vscard::program {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUnix = "unix:";

/// A command of a help text: its name, and the words of its usage.
struct HelpLine {
  std::string name;
  Words usage;
};

/// A word of a usage, and where its values come from.
struct ListedWord {
  const char* word;
  const char* command;
  const char* member;
};
constexpr std::array<ListedWord, 3> kListed{
    {{"CARD", "list", "card"}, {"NAME", "list", "reader"}, {"PEER", "pairings", "peer"}}};

std::vector<HelpLine> commands_in(const std::string& help) {
  std::vector<HelpLine> commands;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find("  ")));
    HelpLine command;
    words >> command.name;
    if (command.name.empty() || command.name.front() < 'a' || command.name.front() > 'z') continue;
    if (line.starts_with(' ')) continue;
    for (std::string word; words >> word;) {
      std::erase_if(word, [](char c) { return c == '[' || c == ']'; });
      command.usage.push_back(word);
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

/// The values of a string member in an array of objects, as `list --json` prints it.
Words members(const std::string& json, const std::string& name) {
  const std::string before = "\"" + name + "\":\"";
  Words values;
  for (std::size_t at = json.find(before); at != std::string::npos; at = json.find(before, at)) {
    std::string value;
    for (at += before.size(); at < json.size() && json[at] != '"'; ++at) {
      if (json[at] == '\\') ++at;
      value += json.substr(at, 1);
    }
    values.push_back(value);
  }
  return values;
}

/// What the running program lists, in reply to `command`: nothing where there is none.
Words listed(const std::string& address, const std::string& member,
             const std::string& command = "list") {
  if (address.empty()) return {};
  const auto json = control(address, {command, "--json"});
  return json ? members(*json, member) : Words{};
}

Words arguments_of(const HelpLine& command, const std::string& address) {
  Words all;
  for (const std::string& word : command.usage) {
    if (word.starts_with("--")) all.push_back(word);
    const auto* const named = std::ranges::find(kListed, word, &ListedWord::word);
    if (named == kListed.end()) continue;
    const Words names = listed(address, named->member, named->command);
    all.insert(all.end(), names.begin(), names.end());
  }
  return all;
}

fs::path at_home(const std::string& path) {
  const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): never set here
  return path.starts_with("~/") && home != nullptr ? home + path.substr(1) : path;
}

}  // namespace

Words beginning_with(const std::string& begun, const Words& all) {
  Words those;
  std::ranges::copy_if(all, std::back_inserter(those),
                       [&](const std::string& word) { return word.starts_with(begun); });
  return those;
}

Words complete_path(const std::string& before, const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  std::error_code none;
  Words paths;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : at_home(folder), none)) {
    const std::string name = entry.path().filename();
    const bool hidden = name.starts_with('.') && folder.size() == path.size();
    if (hidden || !(folder + name).starts_with(path)) continue;
    std::string& path_of_it = paths.emplace_back(before);
    path_of_it.append(folder).append(name).append(entry.is_directory(none) ? "/" : "");
  }
  std::ranges::sort(paths);
  return paths;
}

Words complete_endpoint(const std::string& begun) {
  for (const std::string file :
       {"connect:unix:", "listen:unix:", "connect:serial:", "listen:pty:"}) {
    if (begun.starts_with(file)) return complete_path(file, begun.substr(file.size()));
  }
  return {"connect:unix:",   "listen:unix:",    "connect:tcp://",      "listen:tcp://",
          "connect:tls://",  "listen:tls://",   "connect:ws://",       "listen:ws://",
          "connect:wss://",  "listen:wss://",   "connect:vsock://",    "listen:vsock://",
          "connect:nats://", "listen:nats://",  "connect:nats+tls://", "listen:nats+tls://",
          "connect:vnc://",  "listen:vnc://",   "connect:fd:",         "listen:fd:",
          "connect:exec:",   "connect:serial:", "listen:pty:",         "stdio:"};
}

Words complete_control(const std::string& begun) {
  if (!begun.starts_with(kUnix)) return {kUnix};
  return complete_path(kUnix, begun.substr(std::string_view(kUnix).size()));
}

Words complete_ctl(const std::string& program, const std::string& commands, const Words& words) {
  const bool named = words.size() > 1 && words[0] == "--control";
  if (named && words.size() == 2) return beginning_with(words[1], complete_control(words[1]));
  const std::size_t at = named ? 2 : 0;
  const std::vector<HelpLine> known = commands_in(commands);
  Words all;
  if (words.size() == at + 1) {
    if (!named) all.emplace_back("--control");
    for (const HelpLine& command : known) all.push_back(command.name);
  } else {
    const auto found = std::ranges::find(known, words[at], &HelpLine::name);
    if (found != known.end()) {
      all = arguments_of(*found, named ? words[1] : address_for(program).value_or(""));
    }
  }
  return beginning_with(words.back(), all);
}

int print_candidates(const Words& candidates) {
  for (const std::string& word : candidates) {
    if (word.find('\n') == std::string::npos) fmt::print("{}\n", word);
  }
  return 0;
}

std::optional<int> answer_ctl_completion(const std::string& program, const std::string& commands,
                                         const Words& arguments) {
  if (arguments.size() < 3 || arguments[0] != kCompleteOption || arguments[1] != "ctl") {
    return std::nullopt;
  }
  return print_candidates(
      complete_ctl(program, commands, {arguments.begin() + 2, arguments.end()}));
}

}  // namespace vscard::program
