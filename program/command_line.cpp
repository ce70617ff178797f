#include "program/command_line.hpp"

#include "chardev/number.hpp"
#include "program/log.hpp"
#include "program/option_file.hpp"
#include "program/process.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <sstream>
#include <type_traits>
#include <utility>

namespace vscard::program {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

template <class T>
Result<> read_number(const std::string& text, const Option& option, T& number) {
  using Limits = std::numeric_limits<T>;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto most = std::min<std::uint64_t>(Limits::max(), kMost);
  const auto range = option.range.value_or(
      Option::Range{.least = Limits::min(), .most = static_cast<std::int64_t>(most)});
  const auto value = chardev::parse_number<std::int64_t>(text, range.least, range.most);
  if (!value) {
    return std::unexpected(
        fmt::format("'{}' is not a number from {} to {}", text, range.least, range.most));
  }
  number = static_cast<T>(*value);
  return {};
}

Result<> read_seconds(const std::string& text, const Option& option, protocol::Duration& duration) {
  int seconds = 0;
  const Result<> read = read_number(text, option, seconds);
  if (read) duration = std::chrono::seconds(seconds);
  return read;
}

/// Takes one value. Flags and repeated options have had none when they are here.
Result<> take(const Option& option, const std::string& text) {
  if (!option.choices.empty() && std::ranges::count(option.choices, text) == 0) {
    return std::unexpected(
        fmt::format("'{}' is not one of {}", text, fmt::join(option.choices, ", ")));
  }
  return std::visit(
      Overloaded{
          [](std::vector<OptionWord>*) { return Result<>(); },  // see set_ordered()
          [](bool* flag) { return *flag = true, Result<>(); },
          [](const std::function<void()>& flag) { return flag(), Result<>(); },
          [&](const std::function<Result<>(const std::string&)>& take) { return take(text); },
          [&](std::vector<std::string>* all) { return all->push_back(text), Result<>(); },
          [&](std::string* value) { return *value = text, Result<>(); },
          [&](std::filesystem::path* value) { return *value = text, Result<>(); },
          [&](protocol::Duration* value) { return read_seconds(text, option, *value); },
          [&](auto* number) { return read_number(text, option, *number); }},
      option.into);
}

bool is_flag(const Option& option) {
  return std::holds_alternative<bool*>(option.into) ||
         std::holds_alternative<std::function<void()>>(option.into);
}

bool is_repeated(const Option& option) {
  return std::holds_alternative<std::vector<std::string>*>(option.into) ||
         std::holds_alternative<std::vector<OptionWord>*>(option.into);
}

/// What --help calls a value.
std::string value_word(const Option& option) {
  if (!option.value.empty() || !option.name.starts_with('-')) return option.value;
  if (!option.choices.empty()) return fmt::format("{{{}}}", fmt::join(option.choices, ","));
  const bool number = std::holds_alternative<int*>(option.into) ||
                      std::holds_alternative<std::size_t*>(option.into);
  return number ? "NUMBER" : "TEXT";
}

void take_or_throw(const Option& option, const std::string& value) {
  const auto taken = take(option, value);
  if (!taken) throw CLI::ValidationError(option.name, taken.error().text);
}

CLI::Option* add_flag(CLI::App& app, const Option& option) {
  return app.add_flag_callback(option.name, [&option] { take_or_throw(option, ""); }, option.text);
}

CLI::Option* add_value(CLI::App& app, const Option& option) {
  const auto take_all = [&option](const CLI::results_t& values) {
    const bool bare = values.size() == 1 && values.front().empty() && option.implied;
    if (bare) return take_or_throw(option, *option.implied), true;
    for (const std::string& value : values) take_or_throw(option, value);
    return true;
  };
  CLI::Option* const added = app.add_option(option.name, take_all, option.text);
  const bool repeated = std::holds_alternative<std::vector<std::string>*>(option.into);
  added->type_name(value_word(option) + (repeated ? " ..." : ""))->allow_extra_args(false);
  if (is_repeated(option)) added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (option.separator != '\0') added->delimiter(option.separator);
  if (option.implied) added->expected(0, 1);
  return added;
}

CLI::Option* add_option(CLI::App& app, const Option& option) {
  CLI::Option* const added = is_flag(option) ? add_flag(app, option) : add_value(app, option);
  if (!option.shown.empty()) added->default_str(option.shown);
  if (!option.group.empty()) added->group(option.group);
  if (!option.excludes.empty()) added->excludes(app.get_option(option.excludes));
  return added->required(option.required);
}

/// Values of different options, in the order in which they stand on the command line.
void set_ordered(const CLI::App& app, const std::map<const CLI::Option*, const Option*>& options) {
  std::map<const CLI::Option*, std::size_t> taken;
  for (const CLI::Option* parsed : app.parse_order()) {
    const auto found = options.find(parsed);
    if (found == options.end()) continue;
    auto* const* const words = std::get_if<std::vector<OptionWord>*>(&found->second->into);
    if (words == nullptr) continue;
    (*words)->push_back(
        {.option = found->second->name, .value = parsed->results().at(taken[parsed]++)});
  }
}

/// `help` has one usage, which CLI11 2.6 does not call so, and which has empty lines before it.
std::string with_usages(std::string help, const std::string& program,
                        const std::vector<std::string>& usages) {
  constexpr std::string_view kUsage = "Usage: ";
  const std::size_t begin = help.find(program + " [OPTIONS]");
  if (begin == std::string::npos || begin == 0) return help;
  const std::size_t end = help.find('\n', begin);
  std::string text = "\n" + std::string(kUsage) + help.substr(begin, end - begin);
  for (const std::string& more : usages) text += "\n" + std::string(kUsage.size(), ' ') + more;
  const std::size_t word = help.rfind(kUsage, begin);
  const bool called = word != std::string::npos && word + kUsage.size() == begin;
  const std::size_t before = help.find_last_not_of('\n', (called ? word : begin) - 1) + 1;
  return help.replace(before, end - before, text);
}

bool takes_files(const Option& option) {
  return option.value == "FILE" || option.value == "FOLDER" ||
         std::holds_alternative<std::filesystem::path*>(option.into);
}

/// Of the option's value.
Words values_of(const Option& option, const std::string& begun) {
  if (option.complete) return option.complete(begun);
  if (option.value == "ENDPOINT") return complete_endpoint(begun);
  if (option.value == "ADDRESS") return complete_control(begun);
  return takes_files(option) ? complete_path("", begun) : option.choices;
}

/// What follows the program's name in its usages: "ctl", with the options that stand there.
struct Subcommand {
  std::string name;
  Words options;
};

std::vector<Subcommand> subcommands_in(const std::vector<std::string>& usages) {
  std::vector<Subcommand> subcommands;
  for (const std::string& usage : usages) {
    std::istringstream words(usage);
    std::string word;
    Subcommand subcommand;
    words >> word >> subcommand.name;
    while (words >> word) {
      std::erase_if(word, [](char c) { return c == '[' || c == ']'; });
      if (word.starts_with("--")) subcommand.options.push_back(word);
    }
    subcommands.push_back(std::move(subcommand));
  }
  return subcommands;
}

}  // namespace

CommandLineParser::CommandLineParser(std::string program, std::string description,
                                     std::string footer)
    : program_(std::move(program)),
      description_(std::move(description)),
      footer_(std::move(footer)) {}

void CommandLineParser::add_config_option() {
  has_config_ = true;
  add({.name = std::string(kConfigOption),
       .into = [](const std::string& /*file*/) -> Result<> { return {}; },  // see words()
       .text = "read options from this file, vscard.conf(5)",
       .value = "FILE"});
}

Result<Words> CommandLineParser::words(int argc, const char* const* argv) const {
  Words given(argv + 1, argv + argc);
  if (!has_config_) return given;
  return with_option_file(given, [this](const std::string& name) {
    return std::ranges::count(options_, name, &Option::name) != 0;
  });
}

std::optional<Words> CommandLineParser::value_candidates(const Words& words) const {
  const std::string& begun = words.back();
  if (words.size() > 1) {
    const auto before = std::ranges::find(options_, words[words.size() - 2], &Option::name);
    if (before != options_.end() && !is_flag(*before)) return values_of(*before, begun);
  }
  const std::size_t equals = begun.find('=');
  const auto named = std::ranges::find(options_, begun.substr(0, equals), &Option::name);
  if (equals == std::string::npos || named == options_.end()) return std::nullopt;
  Words values = values_of(*named, begun.substr(equals + 1));
  for (std::string& value : values) value.insert(0, named->name + "=");
  return values;
}

Words CommandLineParser::candidates(const Words& words) const {
  if (words.empty()) return {};
  const auto subcommands = subcommands_in(usages_);
  const auto chosen = std::ranges::find(subcommands, words.front(), &Subcommand::name);
  if (words.size() > 1 && chosen != subcommands.end()) {
    return beginning_with(words.back(), chosen->options);
  }
  if (const auto values = value_candidates(words)) return beginning_with(words.back(), *values);
  Words all;
  for (const Option& option : options_) {
    if (option.name.starts_with('-')) all.push_back(option.name);
  }
  all.emplace_back("--help");
  if (has_version_) all.emplace_back("--version");
  for (const Subcommand& it : subcommands) {
    if (words.size() == 1) all.push_back(it.name);
  }
  return beginning_with(words.back(), all);
}

std::optional<int> CommandLineParser::parse(int argc, const char* const* argv) const {
  if (argc > 1 && argv[1] == kCompleteOption) {
    return print_candidates(candidates({argv + 2, argv + argc}));
  }
  auto given = words(argc, argv);
  if (!given) return wrong(given.error());
  std::ranges::reverse(*given);  // as CLI11 has it
  CLI::App app(description_, program_);
  app.footer(footer_);
  if (has_version_) app.set_version_flag("--version", program_ + " (vscard) " VSCARD_VERSION);
  std::map<const CLI::Option*, const Option*> options;
  for (const Option& option : options_) options[add_option(app, option)] = &option;
  try {
    app.parse(std::move(*given));
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", with_usages(app.help(), program_, usages_));
    return 0;
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return wrong(error.what());
  }
  set_ordered(app, options);
  return std::nullopt;
}

int CommandLineParser::wrong(const Failure& failure) const {
  log::error("{} ({} --help lists the options)", failure.text, program_);
  return kWrongCommandLine;
}

}  // namespace vscard::program
